"""What the filer asks the hub's tables."""

from collections.abc import Sequence
from typing import Any, Protocol

from mailmax.base.address import Address
from mailmax.filer.allowance import Allowance
from mailmax.filer.hits import Hits
from mailmax.hub.contract.rows import ForwardRow, ReplyRow, RuleRow, UserRow
from mailmax.policy.recipients import NoUser


class Directory(Protocol):
    """The tables, of one version for each question."""

    def user_by_id(self, user_id: int) -> UserRow | None:
        """Return a user; None only when it was deleted."""

    def owner_of(self, address: Address) -> UserRow | NoUser:
        """Return whose address that is, by the rules of `policy.recipients`."""

    def forwards_of(self, user_id: int) -> ForwardRow | None:
        """Return where mail goes as well, and what may leave in a day."""

    def has_rules(self) -> bool:
        """Tell whether there are rules that are on."""

    def rules_for(self, user: UserRow) -> Sequence[Sequence[RuleRow]]:
        """Return the lists of the system, the domain and the user, in this order."""

    def holder_of(self, address: Address) -> UserRow | None:
        """Return the user whom an address names, not by catch-all or as postmaster."""

    def reply_of(self, user_id: int) -> ReplyRow | None:
        """Return what a user answers by itself; None while that is off."""

    def has_monitors(self) -> bool:
        """Tell whether any domain has a monitor account."""

    def monitor_of(self, domain: str) -> int:
        """Return the user who watches a domain; 0: nobody, or no domain of ours."""

    def has_notices(self) -> bool:
        """Tell whether any users are told that their boxes are nearly full."""

    def notice_for(self, domain: str) -> tuple[str, int]:
        """Return measure and threshold of the over-limit notice in a domain."""

    def postmaster(self) -> UserRow | None:
        """Return who gets copies of reports; None: nobody, or they are off."""

    @property
    def allowance(self) -> Allowance:
        """What forwards may still send on today."""

    @property
    def hits(self) -> Hits:
        """Counts which rules have fired."""

    def setting(self, key: str) -> Any:
        """Return a setting of the system."""

    def hostname(self) -> str:
        """Return what we call ourselves."""
