"""Joining the hub: who we are, and the two proofs (`hub.handshake`)."""

import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mailmax import __version__
from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.hub import handshake
from mailmax.hub.contract.joining import VERSION, Challenge, Hello, Proof, Welcome
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.link import Link


class JoinRefused(PermanentFailure):
    """The hub is there and does not take us."""

    def __init__(self, why: Denied) -> None:
        """Keep what it says."""
        super().__init__(f"DataMax refuses us: {why}")
        self.why = why


Call = Callable[[Message], Awaitable[Any]]
"""Says something and waits for the answer."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks."""

    role: str
    """smtpmax, filer…; ``admin`` for an administrator's command."""
    node: str


async def join(call: Call, link: Link, key: bytes, me: Identity) -> Welcome:
    """Prove the host password and have the hub prove it.

    Args:
        call: Over `link`.
        link: Open, nothing said yet.
        key: Of `handshake.derive_key`.
        me: Who joins.

    Raises:
        PermanentFailure: One of us does not know the password, or the versions differ.
        TemporaryFailure: The hub cannot take us now, or went away.
    """
    nonce = secrets.token_bytes(handshake.NONCE_OCTETS)
    hello = Hello(VERSION, me.role, me.node, __version__, nonce, os.getpid())
    challenge = await call(hello)
    if not isinstance(challenge, Challenge):
        raise _refusal(challenge)
    seen = (nonce, challenge.nonce, link.certificate)
    welcome = await call(Proof(handshake.prove_client(key, *seen)))
    if not isinstance(welcome, Welcome):
        raise _refusal(welcome)
    if not handshake.is_same(handshake.prove_hub(key, *seen), welcome.mac):
        raise PermanentFailure("whoever answers does not know the host password")
    return welcome


def _refusal(answer: Any) -> Failure:
    if not isinstance(answer, Denied):
        return PermanentFailure("the hub speaks another language")
    if answer.kind == "later":
        return TemporaryFailure(str(answer))
    return JoinRefused(answer)
