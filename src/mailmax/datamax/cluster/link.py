"""Our line to another member's DataMax: joined, told its addresses, kept up.

Theory:
    states: away → joining → told → (lost) away …, with growing pauses (`hub.pauses`).
    It joins as a service does, by proof of the host password; then it asks for the
    addresses (`ShareAddresses`) and takes what comes. A version is acknowledged when
    our own services act by it, so whoever adds a user there hears when it is known
    here.

Rules:
    The member is in sync from the answer on, which follows the whole tables, and for
    as long as it was not silent longer than our DataMax timeout.
    A member that tells more addresses than we keep is given up, and is silent.
    Whoever is called as we are is refused (GEN-1): it may be ourselves. What is said
    before the proof is not heard.

Manual: 2.3.2, 4.1; DECISIONS 2.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Protocol

from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.datamax.cluster.told import Told, TooMany
from mailmax.hub import handshake
from mailmax.hub.calls import Calls
from mailmax.hub.codec import NOTICE, decode_from_hub
from mailmax.hub.contract.cluster import CLUSTER, ShareAddresses, Sharing
from mailmax.hub.contract.logins import BEAT_S
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.presence import Presence
from mailmax.hub.contract.tables import Ack, TableUpdate
from mailmax.hub.dial import dial_hub
from mailmax.hub.joining import Identity, join
from mailmax.hub.link import Link
from mailmax.hub.pauses import Pauses
from mailmax.settings.host_port import split_host_port
from mailmax.wire.hub.frames import MEMBER_LIMIT_OCTETS

JOIN_S = 10.0
TABLES_S = 120.0
"""How long whole tables may take to come."""
LONGEST_NAME = 100
LONGEST_WORDS = 300

_log = logging.getLogger("mailmax.datamax")


@dataclass(frozen=True, slots=True)
class Member:
    """A member as it is set."""

    member_id: int
    name: str
    datamax_address: str
    smtp_address: str
    password: str = field(repr=False)


class House(Protocol):
    """Our own hub, as the line sees it."""

    @property
    def name(self) -> str:
        """What we are called."""

    @property
    def timeout_s(self) -> float:
        """DataMax timeout."""

    @property
    def domains(self) -> tuple[str, ...]:
        """Our clustered domains, by all their names."""

    def told(self, line: "Line", touched: set[str]) -> Awaitable[None]:
        """Pass on which addresses have changed; waits until it acts."""

    def stirred(self) -> None:
        """Look at all members again: one has come or gone."""


class Line:
    """One member."""

    def __init__(self, member: Member, house: House) -> None:
        """Prepare; `run` connects."""
        self.member = member
        self.told = Told()
        self.system_name = ""
        self.trouble = "not joined yet"
        self.heard_at = 0.0
        """Unix time when all it has was known last; 0: never."""
        self.is_joined = False
        """It tells us its addresses, and what changes."""
        self.peer = ""
        """IP address of its DataMax."""
        self._house = house
        self._loop = asyncio.get_running_loop()
        self._good_at = float("-inf")
        self._calls = Calls()
        self._link: Link | None = None
        self._is_proved = False
        """Whoever is there knows the host password."""
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._passing: set[asyncio.Task[None]] = set()
        self._again = asyncio.Event()
        self._too_many = ""
        """Why what it tells is not listened to any more."""

    @property
    def is_in_sync(self) -> bool:
        """What addresses it has is known."""
        return self._loop.time() - self._good_at <= self._house.timeout_s

    def ask_anew(self) -> None:
        """What is to be told has changed: until it was, nothing is known."""
        self._good_at = float("-inf")
        self.is_joined = False
        self.told.forget_version()
        self._again.set()
        if self._link is not None:
            self._link.close()

    async def run(self) -> None:
        """Keep it up, for ever."""
        pauses = Pauses(f"tls:{self.member.datamax_address}")
        password = self.member.password
        key = await asyncio.to_thread(handshake.derive_key, password)
        try:
            while True:
                await self._live(key, pauses)
                self._drop()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pauses.next_s()):
                        await self._again.wait()
                self._again.clear()
        finally:
            self._drop()
            for task in self._passing:
                task.cancel()

    async def _live(self, key: bytes, pauses: Pauses) -> None:
        """Join and stay until the line is lost; note why it is."""
        try:
            async with asyncio.timeout(JOIN_S):
                link = await self._join(key)
            async with asyncio.timeout(TABLES_S):
                await self._begin()
            pauses.joined()
            await self._stay(link)
            self.trouble = "the line was lost"
        except TimeoutError:
            self.trouble = "it does not answer"
        except OSError as error:
            self.trouble = error.strerror or str(error) or "it cannot be reached"
        except TemporaryFailure as failure:
            self.trouble = _shown(failure.text)
        except PermanentFailure as refusal:
            pauses.refused()
            self.trouble = _shown(refusal.text)
        if self._too_many:
            pauses.refused()
            self.trouble = self._too_many

    async def _join(self, key: bytes) -> Link:
        self._lost = self._loop.create_future()
        self._too_many = ""
        address = f"tls:{self.member.datamax_address}"
        link = await dial_hub(address, lambda: Link(decode_from_hub, self))
        self._link = link
        me = Identity(CLUSTER, self._house.name)
        await join(self._call, link, key, me)
        self._is_proved = True
        link.reader.limit_octets = MEMBER_LIMIT_OCTETS
        if link.transport is not None:
            self.peer = str(link.transport.get_extra_info("peername")[0])
        return link

    async def _begin(self) -> None:
        """Be told the addresses."""
        told, house = self.told, self._house
        asked = ShareAddresses(house.name, house.domains, told.epoch, told.version)
        answer = await self._call(asked)
        if isinstance(answer, Denied):
            raise _failure(answer)
        if not isinstance(answer, Sharing):
            raise PermanentFailure("it speaks another language")
        if not _is_name(answer.system_name):
            raise PermanentFailure("what it says that it is called is no name")
        self.system_name = answer.system_name
        if answer.system_name == house.name:
            raise PermanentFailure(f"it is called {house.name}, too: see system_name")
        while self._passing:
            await asyncio.wait(self._passing)
        self.trouble = ""
        self.is_joined = True
        self._note_good()
        house.stirred()

    async def _stay(self, link: Link) -> None:
        """Say that we are here, four times a time-out, until the line is lost."""
        lost = self._lost
        while not lost.done():
            timeout_s = self._house.timeout_s
            try:
                async with asyncio.timeout(timeout_s / 2):
                    await self._call(Presence(ready=True))
            except TimeoutError:
                link.give_up("it does not answer")
                raise
            await asyncio.wait({lost}, timeout=min(timeout_s / 4, BEAT_S))

    def _call(self, message: Any) -> "asyncio.Future[Any]":
        return self._calls.ask(self._link, message)

    def _note_good(self) -> None:
        self._good_at = self._loop.time()
        self.heard_at = time.time()

    def _drop(self) -> None:
        link, self._link = self._link, None
        was_joined, self.is_joined = self.is_joined, False
        self._is_proved = False
        self.told.drop_pieces()
        if link is not None:
            link.close()
        self._calls.fail()
        if was_joined:
            self._house.stirred()

    # What comes

    def on_linked(self, link: Link) -> None:
        """Nothing to do: we speak first."""

    def on_message(self, link: Link, call: int, message: Any) -> None:
        """Take one message of the member."""
        if link is not self._link:
            return  # left behind
        if self.is_joined:
            self._note_good()
        if call != NOTICE:
            self._calls.answered(call, message)
        elif isinstance(message, TableUpdate) and self._is_proved:
            self._take(link, message)
        elif isinstance(message, Denied):
            link.give_up(str(message))

    def on_lost(self, link: Link) -> None:
        """Wake whoever waits for an answer."""
        if link is self._link:
            self._calls.fail()
            if not self._lost.done():
                self._lost.set_result(None)

    def _take(self, link: Link, update: TableUpdate) -> None:
        if self._too_many:
            return  # it is being given up
        try:
            touched = self.told.apply(update)
        except TooMany as error:
            self._too_many = str(error)
            self._good_at = float("-inf")
            name = self.member.name
            _log.error("member %s: %s; it counts as silent", name, error)
            link.give_up(self._too_many)
            return
        if touched is not None:
            ack = Ack(update.epoch, update.version)
            task = self._loop.create_task(self._pass_on(link, touched, ack))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def _pass_on(self, link: Link, touched: set[str], ack: Ack) -> None:
        await self._house.told(self, touched)
        link.say(NOTICE, ack)

    @property
    def places(self) -> tuple[str, ...]:
        """The hosts that its mail may come from: of its SMTP address and DataMax."""
        smtp, datamax = self.member.smtp_address, self.member.datamax_address
        with_port = split_host_port(smtp)
        host = with_port[0] if with_port else smtp.strip("[]")
        hub = split_host_port(datamax)
        return tuple({host, hub[0] if hub else datamax})


def _is_name(text: str) -> bool:
    return text.isprintable() and len(text) <= LONGEST_NAME


def _shown(text: str) -> str:
    """Return a member's words as administrators may see them, in one line."""
    clean = "".join(one if one.isprintable() else " " for one in text)
    return clean[:LONGEST_WORDS]


def _failure(denied: Denied) -> Failure:
    if denied.kind == "later":
        return TemporaryFailure(denied.reason)
    return PermanentFailure(str(denied))
