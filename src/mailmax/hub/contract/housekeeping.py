"""What Housekeeping asks of DataMax, and administrators of Housekeeping.

Theory:
    Housekeeping gets its work from the hub in pages: users with the values that hold
    for them, and notes of directories to be put away or removed. It tells what it did
    with each note. A user who is too old is deleted by the hub, which judges again in
    the same transaction. The hub judges by its own clock: nobody else's word deletes.

    What administrators ask goes through the hub as `relayed.Relayed`.

Manual: 4.1, 6.2, 6.6, 7.1, 7.7.
"""

from typing import Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS, Changed
from mailmax.hub.contract.message import Denied, Done, Message, Request

OPEN = "sessions are still open"
"""Why a directory must not be touched just now."""
GRACE = "its days of grace are not over"
SETTLED_S = 5.0
SETTLING = "it was deleted a moment ago, and a service may still be at work there"
"""The same for the first seconds after a delete."""
WORK_ROWS = 200
"""The longest page of work."""

Method = Literal["disabled", "messages_by_age", "users_by_age"]


class UserWork(msgspec.Struct, frozen=True, array_like=True):
    """A user, and what is too old there."""

    user_id: int
    address: str
    home: str
    method: Method
    days: int
    is_idle: bool = False
    """Of users by age: did not log in for so long."""
    spared: str = ""
    """Why an idle user stays all the same; empty: does not."""


class UserWorkPage(Message, frozen=True, array_like=True, tag=180):
    """Those of a page for whom there is something to look at, by address."""

    rows: tuple[UserWork, ...]
    now: float
    """Unix time, by the hub's clock."""
    next: str = ""
    spare_flagged: bool = True
    way: str = "archive"
    """What becomes of the mail of idle users."""


class AskUserWork(
    Request[UserWorkPage | Denied], frozen=True, array_like=True, tag=181
):
    """Whom shall I look at?"""

    after: str = ""
    domain: str = ""
    """Only this one's."""
    limit: int = WORK_ROWS


class DeleteIdleUser(Request[Changed | Denied], frozen=True, array_like=True, tag=182):
    """Delete this user, if still too old and nothing speaks against it."""

    user_id: int


class RemovalWork(msgspec.Struct, frozen=True, array_like=True):
    """A directory of who is gone."""

    removal_id: int
    what: str
    """``user`` or ``domain``."""
    name: str
    place: str
    way: str
    """``archive``, ``remove`` or ``move``."""
    asked_at: float
    note: str = ""
    """What was said of it last."""
    refused: str = ""
    """Why it must not be touched; empty: it may."""
    target: str = ""
    """Of a move: where it goes; `place` is where it is."""
    due_at: float = 0.0
    """Unix time before which it stays."""


class RemovalPage(Message, frozen=True, array_like=True, tag=183):
    """What is due, the oldest first."""

    rows: tuple[RemovalWork, ...]
    now: float
    """Unix time, by the hub's clock."""


class AskRemovals(Request[RemovalPage | Denied], frozen=True, array_like=True, tag=184):
    """Which directories are to be put away or removed by now?"""

    after: int = 0
    """Number of the last one that was got."""
    limit: int = WORK_ROWS
    waiting: bool = False
    """Not those, but the ones whose time has not come: to be shown alone."""


class NoteRemoval(Request[Done | Denied], frozen=True, array_like=True, tag=185):
    """That is what became of one."""

    removal_id: int
    note: str
    is_done: bool


class BeginMove(Request[Changed | Denied], frozen=True, array_like=True, tag=195):
    """From now on nothing is filed or read in the domain; its sessions end."""

    removal_id: int


class EndMove(Request[Changed | Denied], frozen=True, array_like=True, tag=196):
    """The mail is in the new directory; or all of it is still in the old one."""

    removal_id: int
    is_moved: bool
    note: str


# What administrators ask


class Totals(msgspec.Struct, array_like=True):
    """What a run has done, or would do."""

    looked_at: int = 0
    """Users."""
    messages: int = 0
    octets: int = 0
    """Of those messages."""
    users: int = 0
    """Deleted by age."""
    archived: int = 0
    """Directories."""
    moved: int = 0
    """Directories of domains."""
    removed: int = 0
    """Directories."""
    removed_octets: int = 0
    troubles: int = 0


class RunView(msgspec.Struct, frozen=True, array_like=True):
    """One run."""

    number: int
    state: Literal["running", "done", "refused", "stopped"]
    dry_run: bool
    domain: str
    begun_at: float
    ended_at: float
    """0: not yet."""
    totals: Totals
    note: str = ""


class HousekeepingView(Message, frozen=True, array_like=True, tag=186):
    """How Housekeeping is."""

    clock_trouble: str = ""
    """Why it deletes nothing now; empty: it does."""
    next_at: float = 0.0
    """When the next daily run begins."""
    last: RunView | None = None
    """The run under way, else the last one."""
    sum_since: float = 0.0
    sum: Totals = msgspec.field(default_factory=Totals)
    """Of all runs since then."""


class AskHousekeeping(
    Request[HousekeepingView | Denied], frozen=True, array_like=True, tag=187
):
    """How is Housekeeping?"""


class RunHousekeeping(
    Request["RunBegun | Denied"], frozen=True, array_like=True, tag=188
):
    """Run now; what it does is asked for with the number that is answered."""

    dry_run: bool = False
    domain: str = ""
    """Only this one."""
    trust_clock: bool = False
    """Somebody says that the clock is right."""


class RunBegun(Message, frozen=True, array_like=True, tag=189):
    """It runs."""

    number: int


DeedKind = Literal[
    "messages",
    "user",
    "spared",
    "archive",
    "remove",
    "move",
    "left",
    "waits",
    "trouble",
]


class Deed(msgspec.Struct, frozen=True, array_like=True):
    """One thing that a run did, or would do."""

    what: DeedKind
    name: str
    messages: int = 0
    octets: int = 0
    note: str = ""


class DeedPage(Message, frozen=True, array_like=True, tag=190):
    """Part of the deeds of the last run, in their order."""

    rows: tuple[Deed, ...]
    next: str = ""


class ListDeeds(Request[DeedPage | Denied], frozen=True, array_like=True, tag=191):
    """What did the last run do?"""

    after: str = ""
    limit: int = PAGE_ROWS
