"""The same for many things: one after the other, and what was refused by name.

Theory:
    A refusal of one thing keeps no other from being done. What is refused for another
    reason than the thing itself (the hub is away) ends the whole.
"""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

import msgspec

from mailmax.hub.contract.administration import Changed
from mailmax.webadmin.rest.problems import Problem

_OF_THE_THING = frozenset(
    {
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class NotDone(msgspec.Struct, frozen=True):
    """One of them that was refused."""

    name: str
    code: str
    field: str
    detail: str
    """The reason."""
    hint: str
    """The cure."""


class ManyDone(msgspec.Struct, frozen=True):
    """What became of them."""

    done: list[str]
    refused: list[NotDone]
    waiting_for: list[str]
    """Services that do not act by all of it yet."""
    notes: list[str] = []
    """What a person must know besides."""


def not_done(name: str, problem: Problem) -> NotDone:
    """Say why that one was refused."""
    told = problem.body
    return NotDone(name, told.code, told.field, told.detail, told.hint)


async def each_of(
    names: Iterable[str], act: Callable[[str], Awaitable[Changed]]
) -> ManyDone:
    """Do something with each, in the order given; what is named twice, once.

    Raises:
        Problem: It is no matter of one of them.
    """
    done: list[str] = []
    refused: list[NotDone] = []
    late: dict[str, None] = {}
    notes: dict[str, None] = {}
    for name in dict.fromkeys(names):
        try:
            changed = await act(name)
        except Problem as problem:
            if problem.status not in _OF_THE_THING:
                raise
            refused.append(not_done(name, problem))
        else:
            done.append(name)
            late |= dict.fromkeys(changed.waiting_for)
            notes |= dict.fromkeys(filter(None, (changed.note,)))
    return ManyDone(done, refused, list(late), list(notes))
