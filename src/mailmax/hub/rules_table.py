"""The rules that are on: the pushed table of the filer.

Theory:
    Rules are few and lists are short, so a list is put in order when it changes and
    then only read. Whoever holds a list may go on with it: a change makes a new one.

Manual: 4.7, 6.4, 7.5.
"""

from mailmax.hub.contract.rows import RuleRow
from mailmax.hub.contract.tables import TableUpdate

_Owner = tuple[int, int]
"""Numbers of domain and user; both 0: the system."""


class RulesTable:
    """The table as a service holds it."""

    __slots__ = ("_by_id", "_lists")

    def __init__(self) -> None:
        """Begin without rules."""
        self._by_id: dict[int, RuleRow] = {}
        self._lists: dict[_Owner, tuple[RuleRow, ...]] = {}

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._by_id)

    def of(self, *, domain_id: int = 0, user_id: int = 0) -> tuple[RuleRow, ...]:
        """Return the rules of a domain or a user (neither: of the system), in order."""
        return self._lists.get((domain_id, user_id), ())

    def forget(self) -> None:
        """All of it comes anew."""
        self._by_id = {}
        self._lists = {}

    def take(self, piece: TableUpdate) -> None:
        """Act by one piece of an update."""
        lists: dict[_Owner, dict[int, RuleRow]] = {}
        for number in piece.gone_rules:
            gone = self._by_id.pop(number, None)
            if gone is not None:
                self._opened(lists, _owner(gone)).pop(number, None)
        for row in piece.rules:
            self._by_id[row.rule_id] = row
            self._opened(lists, _owner(row))[row.rule_id] = row
        for owner, rows in lists.items():
            if rows:
                self._lists[owner] = tuple(sorted(rows.values(), key=_place))
            else:
                self._lists.pop(owner, None)

    def _opened(
        self, lists: dict[_Owner, dict[int, RuleRow]], owner: _Owner
    ) -> dict[int, RuleRow]:
        """Return the list of an owner as it is being changed."""
        if owner not in lists:
            before = self._lists.get(owner, ())
            lists[owner] = {row.rule_id: row for row in before}
        return lists[owner]


def _owner(row: RuleRow) -> _Owner:
    return row.domain_id, row.user_id


def _place(row: RuleRow) -> tuple[int, int]:
    return row.position, row.rule_id
