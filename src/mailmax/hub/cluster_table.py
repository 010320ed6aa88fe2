"""The other systems of the cluster: the pushed table as a service holds it.

Theory:
    Of each member the addresses that it has, and by which names it knows the domains
    that both have. An address is looked for there as it would be by the member itself
    (`hub.tables.Tables.find`): as it stands, then by the domain's own name.

Rules:
    On several members (a user who is being moved): one in sync before one that is
    not, one that takes the mail before one that does not, then the oldest.

Limits:
    100,000 addresses: some 13 MB; a look-up costs some 0.3 us a member.
"""

from mailmax.hub.contract.rows import MemberRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.policy.recipients import NoUser


class ClusterTable:
    """Who is where."""

    __slots__ = ("_known", "_members", "_names", "is_in_sync", "senders")

    def __init__(self) -> None:
        """Begin without members."""
        self.forget()

    def forget(self) -> None:
        """All of it comes anew."""
        self._members: dict[int, MemberRow] = {}
        self._known: dict[int, dict[str, bool]] = {}
        """By member and address, whether mail is taken there."""
        self._names: dict[int, dict[str, str]] = {}
        """By member, the own name of a domain by each of its names."""
        self.is_in_sync = True
        """The addresses of every member are known."""
        self.senders: frozenset[str] = frozenset()
        """IP addresses that the members' mail comes from."""

    def take(self, piece: TableUpdate) -> None:
        """Act by one piece of an update."""
        for number in piece.gone_members:
            self._members.pop(number, None)
            self._known.pop(number, None)
            self._names.pop(number, None)
        for number, address in piece.gone_shared:
            self._known.get(number, {}).pop(address, None)
        for row in piece.members:
            self._members[row.member_id] = row
            self._names[row.member_id] = {
                name: names[0] for names in row.domains for name in names
            }
        for one in piece.shared:
            known = self._known.setdefault(one.member_id, {})
            known[one.address] = not one.is_disabled
        if piece.members or piece.gone_members:
            rows = sorted(self._members.values(), key=lambda row: row.member_id)
            self._members = {row.member_id: row for row in rows}
            self.is_in_sync = all(row.is_in_sync for row in rows)
            self.senders = frozenset(one for row in rows for one in row.addresses)

    @property
    def silent(self) -> tuple[str, ...]:
        """The names of members whose addresses are not known now."""
        rows = self._members.values()
        return tuple(row.name for row in rows if not row.is_in_sync)

    def find(self, local: str, domain: str) -> NoUser | None:
        """Return what an address is on a member; None: nothing is known of it.

        Args:
            local: In lower case.
            domain: In canonical form.
        """
        found = self._locate(local, domain)
        if found is None:
            return None
        return NoUser.ON_MEMBER if found[1] else NoUser.DISABLED

    def member_with(self, local: str, domain: str) -> MemberRow | None:
        """Return the member that has an address; see `find`."""
        found = self._locate(local, domain)
        return None if found is None else found[0]

    def _locate(self, local: str, domain: str) -> tuple[MemberRow, bool] | None:
        found = self._locate_exactly(local, domain)
        if found is None:
            name, plus, _ = local.partition("+")
            found = self._locate_exactly(name, domain) if plus and name else None
        return found

    def _locate_exactly(self, local: str, domain: str) -> tuple[MemberRow, bool] | None:
        best: tuple[MemberRow, bool] | None = None
        for number, row in self._members.items():
            takes = self._look_up(number, local, domain)
            if takes is None:
                continue
            if best is None or (row.is_in_sync, takes) > (best[0].is_in_sync, best[1]):
                best = row, takes
        return best

    def _look_up(self, number: int, local: str, domain: str) -> bool | None:
        own_name = self._names[number].get(domain)
        if own_name is None:
            return None
        known = self._known.get(number, {})
        takes = known.get(f"{local}@{domain}")
        if takes is None and own_name != domain:
            takes = known.get(f"{local}@{own_name}")
        return takes
