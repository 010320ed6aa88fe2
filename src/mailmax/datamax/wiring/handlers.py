"""Who answers what, and of whom."""

from collections.abc import Callable
from typing import Any

from mailmax.datamax.behalf import Handler
from mailmax.datamax.desk import Answer, Answers

Handlers = dict[type, Handler]
"""By the type of the request or notice."""


def for_anybody(*desks: Answers) -> Handlers:
    """Return the handlers of desks that do not look at who asks."""
    return {kind: _whoever(answer) for desk in desks for kind, answer in desk.items()}


def _whoever(answer: Callable[[Any], Answer]) -> Handler:
    return lambda _, message: answer(message)
