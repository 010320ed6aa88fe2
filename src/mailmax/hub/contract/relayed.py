"""Questions that the hub passes on to the service that knows (`datamax.relay_desk`)."""

from mailmax.hub.contract.block_lists import BlockListsTried, TryBlockLists
from mailmax.hub.contract.housekeeping import (
    AskHousekeeping,
    DeedPage,
    HousekeepingView,
    ListDeeds,
    RunBegun,
    RunHousekeeping,
)
from mailmax.hub.contract.local import AskLocal, LocalView
from mailmax.hub.contract.logs import (
    ListLogFiles,
    LogFilePage,
    LogPart,
    ReadLogFile,
)
from mailmax.hub.contract.maildrops import FreeMaildrop, MaildropView
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.probes import PostProbe, ProbeSeen, ProbeTaken, SeekProbe
from mailmax.hub.contract.programs import (
    AskProgramTrial,
    BeginProgramTrial,
    ProgramTrial,
)
from mailmax.hub.contract.quarantine import (
    ListQuarantine,
    QuarantinePage,
    QuarantineSteered,
    ReadQuarantine,
    SteerQuarantine,
)
from mailmax.hub.contract.queue import (
    CountQueue,
    EntryView,
    EtrnStarted,
    ListQueue,
    MessagePiece,
    QueueCounts,
    QueuePage,
    ReadEntry,
    ReleaseEtrn,
    ShowEntry,
    StartEtrn,
)
from mailmax.hub.contract.recipients import CheckRecipient, RecipientChecked
from mailmax.hub.contract.rules import RuleTried, Sample
from mailmax.hub.contract.steering import (
    DeadPage,
    ListDead,
    SteerDead,
    Steered,
    SteerQueue,
)
from mailmax.hub.contract.virus import (
    AskVirusState,
    BeginVirusTest,
    BeginVirusUpdate,
    VirusState,
)

Passed = (
    ListQueue
    | StartEtrn
    | CheckRecipient
    | CountQueue
    | ShowEntry
    | ReadEntry
    | SteerQueue
    | ListDead
    | SteerDead
    | AskHousekeeping
    | RunHousekeeping
    | ListDeeds
    | FreeMaildrop
    | Sample
    | ListQuarantine
    | ReadQuarantine
    | SteerQuarantine
    | ReleaseEtrn
    | ListLogFiles
    | ReadLogFile
    | AskLocal
    | TryBlockLists
    | AskVirusState
    | BeginVirusTest
    | BeginVirusUpdate
    | PostProbe
    | SeekProbe
    | BeginProgramTrial
    | AskProgramTrial
)
PassedBack = (
    QueuePage
    | EtrnStarted
    | RecipientChecked
    | QueueCounts
    | EntryView
    | MessagePiece
    | Steered
    | DeadPage
    | HousekeepingView
    | RunBegun
    | DeedPage
    | MaildropView
    | RuleTried
    | QuarantinePage
    | QuarantineSteered
    | LogFilePage
    | LogPart
    | LocalView
    | BlockListsTried
    | VirusState
    | ProbeTaken
    | ProbeSeen
    | ProgramTrial
    | Denied
)


class Relayed(Message, frozen=True, array_like=True, tag=92):
    """Hub to a service: somebody asks you this; answer with `RelayedAnswer`."""

    relay_id: int
    request: Passed


class RelayedAnswer(Message, frozen=True, array_like=True, tag=93):
    """Service to hub: the answer to a `Relayed`."""

    relay_id: int
    answer: PassedBack
