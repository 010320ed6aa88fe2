"""IP filters: add, list, change, move, remove (manual 4.8, 5.2, 5.4). Units of work.

Rules:
    A pattern stands once in a list: a second one would never match. New filters go
    last, or where they are told. Positions grow from 1 and may have gaps; places are
    counted.
"""

import ipaddress
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from mailmax.datamax.effect import Effect, denied, not_found
from mailmax.datamax.places import NO_PLACE, read_place
from mailmax.hub.contract.access import (
    AddFilter,
    AddressTried,
    ChangeFilter,
    FilterPage,
    FilterView,
    ListFilters,
    MoveFilter,
    RemoveFilter,
    ShowFilter,
    TryAddress,
)
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import AccessRow
from mailmax.policy.access import (
    Access,
    Pattern,
    check_flags,
    combine,
    matches,
    octets_of,
    read_pattern,
)
from mailmax.policy.reach import (
    MOST_COMPARED,
    Strangers,
    covers,
    strangers_who_send,
)
from mailmax.policy.shadow import hidden_by
from mailmax.settings.field import BadValue
from mailmax.store.accounts import access_units, units

MOST_FILTERS = 50_000
LONGEST_COMMENT = 500
_OPEN_RELAY = Denied(
    "conflict",
    "ip",
    "CAUTION: everybody would send anywhere without a login: an open relay, of which "
    "spammers make use within hours",
    "name the addresses of your own; confirm with --yes",
)
_NOTES: Mapping[Strangers, str] = {
    "none": "",
    "many": "caution: very many addresses send anywhere without a login",
    "everybody": "caution: this system is an open relay now",
}


def binding_of(tx: Connection, connection: str) -> int | Denied | None:
    """Return the number of a connection; None is the whole system."""
    if not connection:
        return None
    address = connection.strip()
    with suppress(ValueError):  # ``*``, or nothing that could be found
        address = ipaddress.ip_address(address).compressed
    number = access_units.find_binding(tx, address)
    return number or not_found("connection", f"connection {connection!r}")


def check_comment(comment: str) -> Denied | None:
    """Say what is wrong with a comment."""
    if len(comment) <= LONGEST_COMMENT and (comment.isprintable() or not comment):
        return None
    return Denied(
        "bad_value",
        "comment",
        "it is too long or has control characters",
        f"give at most {LONGEST_COMMENT} printable characters",
    )


def access_row(row: Any) -> AccessRow:
    """Make the tables' row of a filter."""
    return AccessRow(
        row.id, row.binding_id or 0, row.position, row.pattern, row.kind, row.flags
    )


def add_filter(tx: Connection, request: AddFilter) -> Effect | Denied:
    """Add a filter at the end of its list, or in a place of it."""
    binding = binding_of(tx, request.connection)
    if isinstance(binding, Denied):
        return binding
    values = _checked(request.pattern, request.kind, request.flags, request.comment)
    if isinstance(values, Denied):
        return values
    same = access_units.find_rule(tx, binding, values["pattern"])
    if same is not None:
        return _there_already(same)
    open_to = _strangers(values)
    if open_to == "everybody" and not request.confirmed:
        return _OPEN_RELAY
    count, last = access_units.end_of_rules(tx, binding)
    if count >= MOST_FILTERS:
        return Denied(
            "conflict",
            "ip",
            f"the list has {count} filters, the most that it may have",
            "put some together in ranges",
        )
    hidden = ""
    if not request.place:
        hidden = _note_on_hidden(tx, binding, values["pattern"])
    number = access_units.insert_rule(
        tx, binding_id=binding, position=last + 1, **values
    )
    effect = _effect(tx, number, "; ".join(filter(None, (_NOTES[open_to], hidden))))
    if request.place <= 0:
        return effect
    moved, _ = _put(tx, access_units.rule_by_id(tx, number), request.place - 1)
    return replace(effect, access=moved or effect.access)


def change_filter(tx: Connection, request: ChangeFilter) -> Effect | Denied:
    """Change what was given."""
    row = _find(tx, request)
    if isinstance(row, Denied):
        return row
    kind = row.kind if request.kind is None else request.kind
    flags = row.flags if kind == "custom" else 0
    values = _checked(
        row.pattern if request.pattern is None else request.pattern,
        kind,
        flags if request.flags is None else request.flags,
        row.comment if request.comment is None else request.comment,
    )
    if isinstance(values, Denied):
        return values
    same = access_units.find_rule(tx, row.binding_id, values["pattern"])
    if same is not None and same.id != row.id:
        return _there_already(same)
    open_to = _strangers(values)
    if open_to == "everybody" and not request.confirmed:
        return _OPEN_RELAY
    access_units.change_rule(tx, row.id, **values)
    return _effect(tx, row.id, _NOTES[open_to])


def remove_filter(tx: Connection, request: RemoveFilter) -> Effect | Denied:
    """Take a filter away."""
    row = _find(tx, request)
    if isinstance(row, Denied):
        return row
    access_units.delete_rule(tx, row.id)
    return Effect(row.id, gone_access=(row.id,))


def move_filter(tx: Connection, request: MoveFilter) -> Effect | Denied:
    """Put a filter elsewhere in its list; those between move by one."""
    row = _find(tx, request)
    if isinstance(row, Denied):
        return row
    if request.place < 0 or (not request.place and not request.steps):
        return denied(BadValue("place", "it is no place", "give 1 for the first"))
    wanted = request.place - 1 if request.place else None
    moved, note = _put(tx, row, wanted, request.steps)
    return Effect(row.id, note=note, access=moved)


def _put(
    tx: Connection, row: Any, wanted: int | None, steps: int = 0
) -> tuple[tuple[AccessRow, ...], str]:
    """Put a filter elsewhere in its list; return what moved, and where it is in words.

    Args:
        tx: The transaction.
        row: It.
        wanted: Its place, from 0; None: by `steps` from where it is.
        steps: Down the list.
    """
    order = list(access_units.rules_of(tx, row.binding_id))
    positions = [one.position for one in order]
    at = next(index for index, one in enumerate(order) if one.id == row.id)
    to = min(max(at + steps if wanted is None else wanted, 0), len(order) - 1)
    order.insert(to, order.pop(at))
    moved = {
        one.id: position
        for one, position in zip(order, positions, strict=True)
        if one.position != position
    }
    access_units.set_positions(tx, moved)
    rows = tuple(
        AccessRow(
            one.id,
            one.binding_id or 0,
            moved[one.id],
            one.pattern,
            one.kind,
            one.flags,
        )
        for one in order
        if one.id in moved
    )
    return rows, f"it is in place {to + 1} of {len(order)}"


def list_filters(tx: Connection, request: ListFilters) -> FilterPage | Denied:
    """Return one page."""
    binding = binding_of(tx, request.connection)
    if isinstance(binding, Denied):
        return binding
    begin = read_place(request.after)
    if begin is None:
        return NO_PLACE
    end = begin + max(1, min(request.limit, PAGE_ROWS))
    rows = access_units.rules_of(tx, binding)
    hidden = hidden_by(tuple(row.pattern for row in rows))
    return FilterPage(
        tuple(
            _view(row, place, hidden[place - 1])
            for place, row in enumerate(rows[begin:end], begin + 1)
        ),
        str(end) if len(rows) > end else "",
        len(rows),
        sum(map(bool, hidden)),
    )


def show_filter(tx: Connection, request: ShowFilter) -> FilterPage | Denied:
    """Return one filter, in its place of its list."""
    found = access_units.rule_by_id(tx, request.rule_id)
    if found is None:
        return not_found("filter", f"filter {request.rule_id}")
    rows = access_units.rules_of(tx, found.binding_id)
    at = next(index for index, row in enumerate(rows) if row.id == found.id)
    hidden = hidden_by(tuple(row.pattern for row in rows[: at + 1]))
    return FilterPage((_view(found, at + 1, hidden[at]),))


def try_address(tx: Connection, request: TryAddress) -> AddressTried | Denied:
    """Tell which filters a client of that address would meet."""
    octets = octets_of(request.address.strip())
    if not octets:
        reason = f"{request.address[:60]!r} is no address"
        return Denied("bad_value", "address", reason, "give an IPv4 or IPv6 address")
    binding = binding_of(tx, request.connection)
    if isinstance(binding, Denied):
        return binding
    system = _first_match(tx, None, octets)
    own = None if binding is None else _first_match(tx, binding, octets)
    both = combine(_access(system), _access(own))
    return AddressTried(both.kind, both.flags, system, own)


def _first_match(
    tx: Connection, binding: int | None, octets: bytes
) -> FilterView | None:
    for place, row in enumerate(access_units.rules_of(tx, binding), 1):
        found = read_pattern(row.pattern)
        if isinstance(found, Pattern) and matches(found, octets):
            return _view(row, place)
    return None


def _access(view: FilterView | None) -> Access | None:
    if view is None:
        return None
    kind: Any = view.kind
    return Access(kind, view.flags)


def _view(row: units.AnyRow, place: int, hidden: int = 0) -> FilterView:
    return FilterView(
        row.id, place, row.pattern, row.kind, row.flags, row.comment, hidden
    )


def _checked(
    pattern: str, kind: str, flags: int, comment: str
) -> dict[str, Any] | Denied:
    found = read_pattern(pattern)
    if isinstance(found, BadValue):
        return denied(found)
    bad = check_flags(kind, flags)
    if bad is not None:
        return denied(bad)
    return check_comment(comment) or {
        "pattern": found.text,
        "kind": kind,
        "flags": flags,
        "comment": comment,
    }


def _find(
    tx: Connection, request: ChangeFilter | RemoveFilter | MoveFilter
) -> units.AnyRow | Denied:
    """Return the filter that was named, if it is in the list that was named."""
    number, connection = request.rule_id, request.connection
    row = access_units.rule_by_id(tx, number)
    if row is None:
        return not_found("filter", f"filter {number}")
    if connection is None:
        return row
    binding = binding_of(tx, connection)
    if isinstance(binding, Denied):
        return binding
    if row.binding_id != binding:
        return not_found("filter", f"filter {number} of {connection or 'the system'}")
    return row


def _note_on_hidden(tx: Connection, binding: int | None, pattern: str) -> str:
    """Warn of a filter at the end of a list that one before it hides."""
    new = read_pattern(pattern)
    for row in access_units.wide_rules(tx, binding, MOST_COMPARED):
        had = read_pattern(row.pattern)
        if isinstance(new, BadValue) or isinstance(had, BadValue):
            continue
        if covers(had, new):
            return (
                f"caution: it never matches: filter {row.id} ({row.pattern}) before it "
                "matches all of it"
            )
    return ""


def _strangers(values: Mapping[str, Any]) -> Strangers:
    return strangers_who_send(values["pattern"], values["kind"], values["flags"])


def _effect(tx: Connection, number: int, note: str) -> Effect:
    return Effect(
        number, note, access=(access_row(access_units.rule_by_id(tx, number)),)
    )


def _there_already(row: units.AnyRow) -> Denied:
    return Denied(
        "conflict",
        "ip",
        f"{row.pattern} is in this list already",
        f"change that one: mailmax filter edit {row.id}",
    )
