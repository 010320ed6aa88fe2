"""Nobody shuts out the address that they come from: one guard of every filter's change.

Theory:
    The list is read before and after, in the one transaction of the change; where it
    would ban who asks, all of it is taken back. `Behalf` says who asks: somebody by the
    web. At the server itself everything may be said.

Manual: 4.8, 5.2.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from mailmax.datamax.access import binding_of
from mailmax.datamax.effect import Effect, Withdrawn
from mailmax.hub.contract.access import (
    AddFilter,
    ChangeFilter,
    MoveFilter,
    RemoveFilter,
)
from mailmax.hub.contract.message import Denied
from mailmax.policy.access import octets_of
from mailmax.policy.lockout import Line, shuts_out
from mailmax.store.accounts import access_units

RequestT = TypeVar("RequestT", AddFilter, ChangeFilter, MoveFilter, RemoveFilter)


def kept_in(
    tx: Connection,
    work: Callable[[Connection, RequestT], Effect | Denied],
    request: RequestT,
) -> Effect | Denied:
    """Change filters, unless that shuts out who asks for it.

    Args:
        tx: The transaction.
        work: What makes the change.
        request: What is asked, and whence.

    Raises:
        Withdrawn: It would; nothing of it holds.
    """
    octets = octets_of(request.asker)
    if not octets:
        return work(tx, request)
    binding = _list_of(tx, request)
    before = _lines(tx, binding)
    effect = work(tx, request)
    if isinstance(effect, Effect) and shuts_out(before, _lines(tx, binding), octets):
        raise Withdrawn(
            Denied(
                "conflict",
                "asker",
                f"you come from {request.asker}, and would be shut out",
                "keep a filter above that lets you in, or do it at the server: "
                "mailmax filter",
            )
        )
    return effect


def _list_of(tx: Connection, request: RequestT) -> int | None:
    """Return whose list it is; of none that is there, the system's is no harm."""
    if isinstance(request, AddFilter):
        binding = binding_of(tx, request.connection)
        return None if isinstance(binding, Denied) else binding
    row = access_units.rule_by_id(tx, request.rule_id)
    return None if row is None else row.binding_id


def _lines(tx: Connection, binding: int | None) -> list[Line]:
    return [(row.pattern, row.kind) for row in access_units.rules_of(tx, binding)]
