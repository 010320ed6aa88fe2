"""What a service answers that an administrator asks it through the hub."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mailmax.base.errors import Failure
from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.contract.relayed import Relayed, RelayedAnswer

AnswerT = TypeVar("AnswerT")
Handler = Callable[[Any], AnswerT | Awaitable[AnswerT]]


class Answering:
    """The handlers of one service, by request."""

    def __init__(self, role: str) -> None:
        """Begin without any.

        Args:
            role: Who answers, for the words of a refusal.
        """
        self._role = role
        self._handlers: dict[type[Any], Callable[[Any], Any]] = {}

    def add(self, kind: type[Request[AnswerT]], handler: Handler[AnswerT]) -> None:
        """Answer requests of that type."""
        self._handlers[kind] = handler

    async def answer(self, relayed: Relayed) -> RelayedAnswer:
        """Answer one; what fails is "later"."""
        handler = self._handlers.get(type(relayed.request))
        if handler is None:
            words = f"{self._role} does not answer that"
            return RelayedAnswer(relayed.relay_id, Denied("not_found", "", words))
        try:
            answer = handler(relayed.request)
            if isinstance(answer, Awaitable):
                answer = await answer
        except Failure as failure:
            answer = Denied("later", "", failure.text)
        return RelayedAnswer(relayed.relay_id, answer)
