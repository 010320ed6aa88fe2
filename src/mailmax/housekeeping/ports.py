"""What Housekeeping needs of the hub."""

from typing import Protocol, TypeVar

from mailmax.hub.contract.message import Request
from mailmax.hub.port import RelayingHub, SettingTable

AnswerT = TypeVar("AnswerT")


class Hub(RelayingHub, Protocol):
    """Settings and questions."""

    @property
    def tables(self) -> SettingTable:
        """The tables as known now."""

    async def ask(self, request: Request[AnswerT]) -> AnswerT:
        """Ask and wait for the answer."""
