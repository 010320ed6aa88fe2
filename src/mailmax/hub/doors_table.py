"""Where services listen, who may come in, whose mail is refused: the pushed tables.

Theory:
    Rows by their number. Who works with a compiled form of the filters
    (`hub.porter`) makes it anew when `access_changes` has grown; bans are kept in the
    form in which they are asked (`policy.bans`), so one more costs nothing.
"""

from mailmax.hub.contract.rows import AccessRow, BanRow, BindingRow, ListenerRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.policy.bans import Ban, Bans


class DoorsTable:
    """Bindings, listeners, access rules and bans."""

    __slots__ = (
        "access",
        "access_changes",
        "bans",
        "bindings",
        "changes",
        "listeners",
    )

    def __init__(self) -> None:
        """Begin with nothing."""
        self.bindings: dict[int, BindingRow] = {}
        self.listeners: dict[int, ListenerRow] = {}
        self.access: dict[int, AccessRow] = {}
        self.bans = Bans()
        self.changes = 0
        """Grows with every change of any of them."""
        self.access_changes = 0
        """Grows with every change of the filters."""

    def forget(self) -> None:
        """All of it comes anew."""
        for table in (self.bindings, self.listeners, self.access, self.bans):
            table.clear()
        self.changes += 1
        self.access_changes += 1

    def take(self, piece: TableUpdate) -> None:
        """Act by one piece of an update."""
        for gone, table in (
            (piece.gone_bindings, self.bindings),
            (piece.gone_listeners, self.listeners),
            (piece.gone_access, self.access),
        ):
            for number in gone:
                table.pop(number, None)
        for number in piece.gone_bans:
            self.bans.remove(number)
        self.bindings.update((row.binding_id, row) for row in piece.bindings)
        self.listeners.update((row.listener_id, row) for row in piece.listeners)
        self.access.update((row.rule_id, row) for row in piece.access)
        for row in piece.bans:
            self.bans.add(_ban(row))
        if piece.access or piece.gone_access:
            self.access_changes += 1
        self.changes += 1

    def rules_of(self, binding_id: int) -> list[AccessRow]:
        """Return the filters of a binding, or (0) of the system, in their order."""
        mine = [row for row in self.access.values() if row.binding_id == binding_id]
        return sorted(mine, key=lambda row: row.position)


def _ban(row: BanRow) -> Ban:
    return Ban(row.ban_id, row.binding_id, row.value, row.expires_at)
