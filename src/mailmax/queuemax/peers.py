"""Whom a session talks to and how long it waits.

Limits:
    RFC 5321 §4.5.3.2: greeting, MAIL and RCPT 5 min, DATA 2 min, a block 3 min, the
    final dot 10 min.

Manual: §4.4 (SMTP time-out).
"""

from dataclasses import dataclass
from typing import NamedTuple

from mailmax.policy.routing import SMTP_PORT


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds for each command with its answer (Manual §4.4, SMTP time-out)."""

    command_s: float = 300.0
    data_s: float = 120.0
    block_s: float = 180.0
    end_s: float = 600.0
    quit_s: float = 2.0


class Host(NamedTuple):
    """A server to connect to."""

    name: str
    address: str
    port: int
    is_configured: bool = False
    """An administrator named it: it may lie anywhere."""

    def __str__(self) -> str:
        """Return it as logs and reports name it."""
        port = "" if self.port == SMTP_PORT else f":{self.port}"
        return f"{self.name}[{self.address}]{port}"


@dataclass(frozen=True, slots=True)
class Myself:
    """Who we say that we are, and how long we wait."""

    hostname: str
    limits: TimeLimits = TimeLimits()
