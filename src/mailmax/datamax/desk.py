"""What every desk of the hub has: a table of who answers which request."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mailmax.hub.contract.message import Message

Answer = Message | Awaitable[Message] | None
"""At once, later, or none (to a notice)."""
Answers = Mapping[type, Callable[[Any], Answer]]
"""Who answers, by the type of the request."""
