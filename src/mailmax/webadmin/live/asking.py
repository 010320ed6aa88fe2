"""The hub, as far as what is told live asks it."""

from typing import Any, Protocol, TypeVar

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.hub.contract.message import Denied, Request

AnswerT = TypeVar("AnswerT")


class Asks(Protocol):
    """The hub's client."""

    async def ask(self, request: Request[Any]) -> Any:
        """Ask and wait for the answer."""


async def told(hub: Asks, request: Request[Any], kind: type[AnswerT]) -> AnswerT:
    """Ask something that changes nothing.

    Raises:
        TemporaryFailure: The hub cannot say it now.
    """
    answer = await hub.ask(request)
    if isinstance(answer, kind):
        return answer
    raise TemporaryFailure(answer.reason if isinstance(answer, Denied) else "not known")


async def if_told(
    hub: Asks, request: Request[Any], kind: type[AnswerT]
) -> AnswerT | None:
    """Ask something that may not be known; None when it is not."""
    try:
        return await told(hub, request, kind)
    except Failure:
        return None
