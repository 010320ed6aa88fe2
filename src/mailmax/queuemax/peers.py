"""Whom a session talks to and how long it waits.

Limits:
    RFC 5321 §4.5.3.2: greeting, MAIL and RCPT 5 min, DATA 2 min, a block 3 min, the
    final dot 10 min. An administrator's time-out stands for all but the final dot,
    which has 10 min at least, and the connection, which has 30 s at most.

Manual: §4.4 (SMTP time-out); DECISIONS 17.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from mailmax.policy.routing import SMTP_PORT, Login, Tls

FINAL_DOT_S: Final = 600.0
"""The least for the answer to a whole message: it is being kept, and whoever hangs up
before has it sent twice (RFC 5321 §4.5.3.2.6)."""
CONNECT_S: Final = 30.0
"""The most for a connection to stand."""


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Seconds for each command with its answer."""

    connect_s: float = CONNECT_S
    command_s: float = 300.0
    data_s: float = 120.0
    block_s: float = 180.0
    end_s: float = FINAL_DOT_S
    quit_s: float = 2.0


def limits_of(timeout_s: float) -> TimeLimits:
    """Return the limits that an administrator's one number stands for."""
    return TimeLimits(
        connect_s=min(CONNECT_S, timeout_s),
        command_s=timeout_s,
        data_s=timeout_s,
        block_s=timeout_s,
        end_s=max(FINAL_DOT_S, timeout_s),
    )


class Host(NamedTuple):
    """A server to connect to."""

    name: str
    address: str
    """Of IP; or the path of a socket."""
    port: int
    is_configured: bool = False
    """An administrator named it: it may lie anywhere."""
    tls: Tls = Tls.OPPORTUNISTIC
    login: Login | None = None
    is_lmtp: bool = False

    @property
    def is_socket(self) -> bool:
        """Tell whether it is a socket of this computer."""
        return self.address.startswith("/")

    def __str__(self) -> str:
        """Return it as logs and reports name it."""
        if self.is_socket:
            return self.address
        port = "" if self.port == SMTP_PORT else f":{self.port}"
        return f"{self.name}[{self.address}]{port}"


@dataclass(frozen=True, slots=True)
class Myself:
    """Who we say that we are, and how long we wait."""

    hostname: str
    limits: TimeLimits = TimeLimits()
