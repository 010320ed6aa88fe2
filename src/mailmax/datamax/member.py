"""Member: one connection to the hub, from a stranger's hello to a service's farewell.

Theory:
    state      hears                    then
    STRANGER   Hello                    Challenge; GREETED
    GREETED    Proof, right             Welcome; MEMBER
    GREETED    Proof, wrong             Denied wrong_password; closed
    GREETED    Proof, right, unwanted   Denied not_allowed; closed (`admission`)
    MEMBER     everything else          asks the desk, answers

Rules:
    A stranger may send frames of at most 4 KiB and has ten seconds. Nothing that a
    member sends can stop the hub: what cannot be understood ends that connection
    alone (TRUST L2).

Manual: 2.2.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable
from typing import Any, Protocol

from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.datamax.desk import Answer
from mailmax.datamax.doors import is_at_home
from mailmax.datamax.presence import Guest
from mailmax.datamax.sharing import Share
from mailmax.hub import handshake
from mailmax.hub.codec import NOTICE
from mailmax.hub.contract.cluster import CLUSTER
from mailmax.hub.contract.joining import (
    ADMIN,
    VERSION,
    Challenge,
    Hello,
    Proof,
    Welcome,
)
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.tables import TableUpdate, Topic
from mailmax.hub.link import Link
from mailmax.wire.hub.frames import MEMBER_LIMIT_OCTETS

STRANGER_S = 10.0
MOST_OPEN_CALLS = 2_000
_LONGEST_NAME = 100


class House(Protocol):
    """The hub, as a member sees it."""

    @property
    def password_key(self) -> bytes:
        """Key of the host password's proofs."""

    @property
    def certificate(self) -> bytes:
        """The certificate (DER) that TLS shows."""

    @property
    def timeout_s(self) -> float:
        """DataMax timeout."""

    def may_join(self, member: "Member", hello: Hello) -> Denied | None:
        """Say why somebody who knows the host password may not join all the same."""

    def on_joined(self, member: "Member", hello: Hello) -> Guest:
        """Write the member into the guest book."""

    def on_left(self, member: "Member") -> None:
        """The connection is gone."""

    def hear(self, member: "Member", message: Any) -> Answer:
        """Take a request (answer now or later) or a notice (None)."""


class Member:
    """The hub's side of one connection; also a `pushes.Reader`."""

    def __init__(self, house: House) -> None:
        """Wait for `on_linked`."""
        self.guest: Guest | None = None
        self.label = "stranger"
        self.topics: frozenset[Topic] = frozenset()
        self.share: Share | None = None
        self.backlog: list[TableUpdate] | None = []
        self.link: Link | None = None
        self.is_remote = False
        """It came over TLS: it keeps the host password in a file of its own."""
        self.is_elsewhere = False
        """It is a program of another computer."""
        self.knows_password = b""
        """The key that this member proved to know."""
        self._house = house
        self._hello: Hello | None = None
        self._nonce = b""
        self._open_calls = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def role(self) -> str:
        """As what it joined; empty: it did not yet say."""
        return self._hello.role if self._hello is not None else ""

    @property
    def is_administrator(self) -> bool:
        """It is a command or page of an administrator, not a service."""
        return self.role == ADMIN

    @property
    def is_another_system(self) -> bool:
        """It is another member of the cluster, which is told addresses alone."""
        return self.role == CLUSTER

    @property
    def acknowledged(self) -> int:
        """The version of the tables that this service acts by."""
        return self.guest.acknowledged if self.guest is not None else 0

    @acknowledged.setter
    def acknowledged(self, version: int) -> None:
        if self.guest is not None:
            self.guest.acknowledged = version

    # Of the link

    def on_linked(self, link: Link) -> None:
        """Give the stranger a while to prove who it is."""
        self.link = link
        self.is_remote = link.is_encrypted
        self.is_elsewhere = not is_at_home(link)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(STRANGER_S, link.give_up, "did not join")

    def on_message(self, link: Link, call: int, message: Any) -> None:
        """Take one message."""
        if self.guest is None:
            self._greet(link, call, message)
            return
        self.guest.heard_at = time.monotonic()
        if self._open_calls >= MOST_OPEN_CALLS:
            link.say(call, Denied("later", "", "too many questions at once"))
            return
        answer = self._house.hear(self, message)
        if isinstance(answer, Message):
            link.say(call, answer)
        elif answer is not None:
            self._answer_later(call, answer)

    def on_lost(self, link: Link) -> None:  # noqa: ARG002
        """Let go of everything."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._house.on_left(self)
        self.link = None

    # For the hub

    def push(self, update: TableUpdate) -> None:
        """Send tables."""
        self.tell(update)

    def tell(self, notice: Message) -> None:
        """Send something that is not answered."""
        if self.link is not None:
            self.link.say(NOTICE, notice)

    def drop(self, why: str) -> None:
        """End the connection at once."""
        if self.link is not None:
            self.link.give_up(why)

    def expel(self, why: Denied) -> None:
        """End the connection and say why."""
        if self.link is not None:
            self.link.say(NOTICE, why)
            self.link.close()

    # Inside

    def _greet(self, link: Link, call: int, message: Any) -> None:
        if isinstance(message, Hello) and self._hello is None:
            self._challenge(link, call, message)
        elif isinstance(message, Proof) and self._hello is not None:
            self._judge(link, call, self._hello, message)
        else:
            link.give_up("spoke before joining")

    def _challenge(self, link: Link, call: int, hello: Hello) -> None:
        if hello.version != VERSION:
            self._refuse(
                call,
                Denied(
                    "not_allowed",
                    "version",
                    f"this hub speaks version {VERSION}, not {hello.version}",
                    "install the same MailMax everywhere",
                ),
            )
            return
        texts = (hello.role, hello.node, hello.software)
        if any(len(text) > _LONGEST_NAME or not text.isprintable() for text in texts):
            link.give_up("impossible name")
            return
        self._hello = hello
        self._nonce = secrets.token_bytes(handshake.NONCE_OCTETS)
        link.say(call, Challenge(VERSION, self._nonce))

    def _judge(self, link: Link, call: int, hello: Hello, proof: Proof) -> None:
        key = self._house.password_key
        certificate = self._house.certificate if link.is_encrypted else b""
        seen = (hello.nonce, self._nonce, certificate)
        if not handshake.is_same(handshake.prove_client(key, *seen), proof.mac):
            self._refuse(
                call,
                Denied(
                    "wrong_password",
                    "host password",
                    "wrong password",
                    "give the one that is set on the DataMax computer",
                ),
            )
            return
        unwanted = self._house.may_join(self, hello)
        if unwanted is not None:
            self._refuse(call, unwanted)
            return
        if self._timer is not None:
            self._timer.cancel()
        self.knows_password = key
        link.reader.limit_octets = MEMBER_LIMIT_OCTETS
        self.guest = self._house.on_joined(self, hello)
        self.label = self.guest.label
        mac = handshake.prove_hub(key, *seen)
        link.say(
            call, Welcome(mac, self.guest.service_id, float(self._house.timeout_s))
        )

    def _refuse(self, call: int, why: Denied) -> None:
        if self.link is not None:
            self.link.say(call, why)
            self.link.close()

    def _answer_later(self, call: int, answer: Awaitable[Any]) -> None:
        self._open_calls += 1
        task = asyncio.get_running_loop().create_task(self._await(call, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _await(self, call: int, pending: Awaitable[Any]) -> None:
        try:
            answer = await pending
        except TemporaryFailure as failure:
            answer = Denied("later", "", failure.text)
        except Failure as failure:
            answer = Denied("not_allowed", "", failure.text)
        except Exception as bug:  # noqa: BLE001 - one bug, one answer; the hub lives on
            asyncio.get_running_loop().call_exception_handler(
                {"message": "the hub failed to answer", "exception": bug}
            )
            answer = Denied("later", "", "something failed inside the hub")
        finally:
            self._open_calls -= 1
        if self.link is not None:
            self.link.say(call, answer)
