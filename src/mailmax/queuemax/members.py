"""The way to users of clustered domains: the member that has them now.

Theory:
    Each try looks anew, for users move. Whoever is on no member is the filer's, which
    has the addresses here: it files, or tells the sender that there is nobody. While
    a member is silent nobody knows: what the filer hands over again then waits.

Manual: 2.3.2, 6.1; DECISIONS 2.
"""

from mailmax.base.address import lower_ascii, parse_address
from mailmax.policy.outcome import Outcome, transient
from mailmax.policy.recipients import CLUSTERED_KIND
from mailmax.policy.routing import Destination, parse_smart_host
from mailmax.queuemax.ports import Tables


class Members:
    """Knows who is on which member of the cluster."""

    def __init__(self, tables: Tables) -> None:
        """Take the tables: the same object for ever."""
        self._tables = tables

    def is_filed_here(self, address: str, domain: str, *, was_home: bool) -> bool:
        """Tell whether the filer is to look for an address.

        Args:
            address: The recipient.
            domain: Its domain, in lower case, which is a clustered one.
            was_home: The filer has looked for it already.
        """
        found = self.find(address, domain)
        return found is None or (isinstance(found, Outcome) and not was_home)

    def find(self, address: str, domain: str) -> Destination | Outcome | None:
        """Return where an address is, or why that cannot be said.

        Args:
            address: The recipient.
            domain: Its domain, in lower case.

        Returns:
            None for the address of another domain, and for one that is on no member.
        """
        if not self._is_clustered(domain):
            return None
        cluster = self._tables.cluster
        row = cluster.member_with(lower_ascii(parse_address(address).local), domain)
        if row is not None:
            host = parse_smart_host(row.smtp_address)
            if host is None:
                return transient("4.4.4", f"{row.name} has no SMTP address")
            return Destination(
                host.host,
                host.port,
                is_host=True,
                is_configured=True,
                title="cluster member",
            )
        if not cluster.is_in_sync:
            silent = ", ".join(cluster.silent)
            return transient("4.4.3", f"not heard of in the cluster: {silent}")
        return None

    def _is_clustered(self, domain: str) -> bool:
        row = self._tables.domain(domain)
        return row is not None and row.kind == CLUSTERED_KIND
