"""Which way mail goes now, by the pushed tables (`policy.routing` decides).

Theory:
    What system and domains say of smart hosts is read once a version of the tables,
    and their passwords come with it (`hub.contract.rows.SmartHostSecretRow`).

Manual: 4.1, 6.1, 6.5.
"""

from mailmax.base import homeward
from mailmax.hub.contract.rows import DomainRow
from mailmax.policy.outcome import Outcome
from mailmax.policy.recipients import FILED_KIND, HOME_KINDS
from mailmax.policy.routing import (
    Destination,
    Login,
    SmartHost,
    SmartHostChoice,
    Tls,
    find_route,
    parse_smart_host,
)
from mailmax.queuemax.members import Members
from mailmax.queuemax.ports import Tables

_OF_THE_SYSTEM = 0


class Ways:
    """Knows where a domain's mail goes."""

    def __init__(self, tables: Tables) -> None:
        """Know nothing before `refresh`."""
        self._members = Members(tables)
        self._tables = tables
        self._system = SmartHostChoice()
        self._senders: dict[int, SmartHostChoice] = {}

    def refresh(self) -> None:
        """Look at the tables again: they have changed."""
        setting = self._tables.setting
        host = setting("smart_host")
        tls, user = setting("smart_host_tls"), setting("smart_host_user")
        is_on = setting("smart_host_on")
        smart_host = self._smart_host(_OF_THE_SYSTEM, host, tls, user)
        self._system = SmartHostChoice(is_on, smart_host)
        self._senders = {}

    def leads_here(self, address: str, domain: str, step: str) -> bool:
        """Tell whether mail is the filer's, or is to be shown to it at least.

        Args:
            address: The recipient.
            domain: Its domain, in lower case.
            step: Of the envelope: whether the filer has looked already.
        """
        row = self._tables.domain(domain)
        if row is None or row.kind not in HOME_KINDS:
            return False
        was_home = homeward.rounds_of(step) > 0
        return row.kind == FILED_KIND or self._members.is_filed_here(
            address, domain, was_home=was_home
        )

    def find_for(self, address: str, domain: str, sender: str) -> Destination | Outcome:
        """Return where a recipient is: on a member of the cluster, or see `find`."""
        return self._members.find(address, domain) or self.find(domain, sender)

    def find(self, domain: str, sender: str) -> Destination | Outcome:
        """Return where a recipient's mail goes, or why that cannot be said now.

        Args:
            domain: The recipient's, in lower case.
            sender: The reverse-path's; empty for the null one.
        """
        row = self._tables.domain(sender) if sender else None
        choice = None if row is None else self._choice_of(row)
        return find_route(domain, self._tables.domain(domain), choice, self._system)

    def _choice_of(self, row: DomainRow) -> SmartHostChoice:
        known = self._senders.get(row.domain_id)
        if known is None:
            own = self._smart_host(
                row.domain_id, row.smart_host, row.smart_host_tls, row.smart_host_user
            )
            known = SmartHostChoice(row.smart_host_on, own)
            self._senders[row.domain_id] = known
        return known

    def _smart_host(
        self, owner: int, host: str, tls: str, user: str
    ) -> SmartHost | None:
        login = None
        if user:
            login = Login(user, self._tables.smart_host_password(owner))
        return parse_smart_host(host, Tls(tls), login)
