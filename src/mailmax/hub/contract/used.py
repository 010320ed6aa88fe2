"""What the mail of users comes to, told by the services that change it.

Theory:
    A service notes each change of a mailbox's totals, and tells what is due in
    batches, one batch at a time: the answer is the leave for the next. A moment is told
    as seconds ago, so that no clock must agree with another (TRUST D14). What two
    services tell of one user meets at the hub, where the later moment counts.

Rules:
    It is for lists that people look at, and is dropped first where there is too much
    of anything: nobody waits for it, and the next change of that user tells it again.
    What refuses mail to a full box reads the box itself.

Limits:
    1,000 users in one report; each at most once a minute.
"""

from typing import Final

import msgspec

from mailmax.hub.contract.message import Denied, Done, Request

MOST_USED: Final = 1_000
"""Users in one `ReportUsed`."""


class Used(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one user's mail comes to."""

    user_id: int
    octets: int
    messages: int
    age_s: float = 0.0
    """How long ago that was true."""


class ReportUsed(Request[Done | Denied], frozen=True, array_like=True, tag=310):
    """What has changed since I told last."""

    rows: tuple[Used, ...]
