"""Who answers what, and of whom."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mailmax.datamax.behalf import Handler
from mailmax.datamax.desk import Answer, Answers

Handlers = dict[type, Handler]
"""By the type of the request or notice."""

_Heard = TypeVar("_Heard")


def for_anybody(*desks: Answers) -> Handlers:
    """Return the handlers of desks that do not look at who asks."""
    return {kind: _whoever(answer) for kind, answer in together(*desks).items()}


def together(*desks: Mapping[type, _Heard]) -> dict[type, _Heard]:
    """Return who answers what of several desks, each request answered by one alone.

    Raises:
        ValueError: Two want to answer the same.
    """
    answers: dict[type, _Heard] = {}
    for desk in desks:
        if twice := answers.keys() & desk.keys():
            names = ", ".join(sorted(kind.__name__ for kind in twice))
            raise ValueError(f"two desks answer {names}")
        answers |= desk
    return answers


def _whoever(answer: Callable[[Any], Answer]) -> Handler:
    return lambda _, message: answer(message)
