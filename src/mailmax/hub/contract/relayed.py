"""Questions that the hub passes on to the service that knows (`datamax.relay_desk`)."""

from mailmax.hub.contract.housekeeping import (
    AskHousekeeping,
    DeedPage,
    HousekeepingView,
    ListDeeds,
    RunBegun,
    RunHousekeeping,
)
from mailmax.hub.contract.maildrops import FreeMaildrop, MaildropView
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.queue import EtrnStarted, ListQueue, QueuePage, StartEtrn

Passed = (
    ListQueue | StartEtrn | AskHousekeeping | RunHousekeeping | ListDeeds | FreeMaildrop
)
PassedBack = (
    QueuePage
    | EtrnStarted
    | HousekeepingView
    | RunBegun
    | DeedPage
    | MaildropView
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
