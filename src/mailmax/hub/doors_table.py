"""Where services listen, who may come in, whose mail is refused: the pushed tables.

Theory:
    Rows by their number. Who works with a compiled form of them (sorted filters, sets
    of bans) makes it anew when `changes` has grown.
"""

from mailmax.hub.contract import (
    AccessRow,
    BanRow,
    BindingRow,
    ListenerRow,
    TableUpdate,
)


class DoorsTable:
    """Bindings, listeners, access rules and bans."""

    __slots__ = ("access", "bans", "bindings", "changes", "listeners")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.bindings: dict[int, BindingRow] = {}
        self.listeners: dict[int, ListenerRow] = {}
        self.access: dict[int, AccessRow] = {}
        self.bans: dict[int, BanRow] = {}
        self.changes = 0

    def forget(self) -> None:
        """All of it comes anew."""
        for table in (self.bindings, self.listeners, self.access, self.bans):
            table.clear()
        self.changes += 1

    def take(self, piece: TableUpdate) -> None:
        """Act by one piece of an update."""
        for gone, table in (
            (piece.gone_bindings, self.bindings),
            (piece.gone_listeners, self.listeners),
            (piece.gone_access, self.access),
            (piece.gone_bans, self.bans),
        ):
            for number in gone:
                table.pop(number, None)
        self.bindings.update((row.binding_id, row) for row in piece.bindings)
        self.listeners.update((row.listener_id, row) for row in piece.listeners)
        self.access.update((row.rule_id, row) for row in piece.access)
        self.bans.update((row.ban_id, row) for row in piece.bans)
        self.changes += 1

    def rules_of(self, binding_id: int) -> list[AccessRow]:
        """Return the filters of a binding, or (0) of the system, in their order."""
        mine = [row for row in self.access.values() if row.binding_id == binding_id]
        return sorted(mine, key=lambda row: row.position)
