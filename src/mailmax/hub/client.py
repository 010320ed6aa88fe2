"""HubClient: how every service, and every command, talks to DataMax.

Theory:
    One connection, pipelined. It joins, subscribes and says that it is here; when the
    connection is lost it tries again with growing pauses (`hub.pauses`), and what was
    known goes on being used, for the DataMax timeout (`may_serve`, DESIGN 2).

    states: away → joining → joined → (lost) away …; refused when the hub does not
    take the host password: then it reads the file again before each further try.

Rules:
    `ask` fails with `TemporaryFailure` while the hub is away; it never invents an
    answer. A version of the tables is acknowledged after all callbacks ran.
    Before the hub has proved that it knows the host password, nothing but the answers
    of joining is heard: no tables, no new password, and it counts as silent.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mailmax.base.errors import Failure, PermanentFailure, TemporaryFailure
from mailmax.hub import handshake
from mailmax.hub.acting import Acting, Callback
from mailmax.hub.answering import Answering, Handler
from mailmax.hub.calls import AWAY, Calls
from mailmax.hub.codec import NOTICE, decode_from_hub
from mailmax.hub.contract.block_lists import BlockListState
from mailmax.hub.contract.host_password import HostPasswordChanged, PasswordLearned
from mailmax.hub.contract.logins import BEAT_S
from mailmax.hub.contract.message import Denied, Message, Request
from mailmax.hub.contract.presence import Presence
from mailmax.hub.contract.relayed import Relayed
from mailmax.hub.contract.tables import LOGIN_TOPICS, Ack, Subscribe, TableUpdate, Topic
from mailmax.hub.dial import dial_hub
from mailmax.hub.ears import Ears
from mailmax.hub.errands import Errands
from mailmax.hub.host_password import PasswordKeeper
from mailmax.hub.joining import Identity, join
from mailmax.hub.link import Link
from mailmax.hub.open_logins import Held, OpenLogins
from mailmax.hub.pauses import Pauses
from mailmax.hub.remembered import Remembered
from mailmax.hub.tables import Tables
from mailmax.observe import stalls
from mailmax.wire.hub.frames import MEMBER_LIMIT_OCTETS

JOIN_S = 10.0
FINISH_S = 1.0
BACK_S = 2.0

AnswerT = TypeVar("AnswerT")
MessageT = TypeVar("MessageT", bound=Message)


class HubClient:
    """A service's side of the hub."""

    def __init__(
        self,
        address: str,
        password: PasswordKeeper,
        me: Identity,
        topics: frozenset[Topic] = LOGIN_TOPICS,
    ) -> None:
        """Prepare; `start` connects.

        Args:
            address: ``unix:PATH`` or ``tls:HOST:PORT``.
            password: Where the host password is kept.
            me: Who joins.
            topics: Tables to hold; empty for commands.
        """
        self.address = address
        self.tables = Tables()
        self.timeout_s = 120.0
        self._password = password
        self._me = me
        self._topics = topics
        self._loop = asyncio.get_running_loop()
        self._link: Link | None = None
        self._is_proved = False  # whoever is there knows the host password
        self._calls = Calls()
        self._logins = OpenLogins(self._call, self._notify)
        self._notices: dict[type[Message], list[Callable[[Any], None]]] = {}
        self._answering = Answering(me.role)
        self._acting = Acting()
        self._remembered = Remembered()
        self._ready = False
        self._block_lists: Callable[[], tuple[BlockListState, ...]] = tuple
        self.trouble: Callable[[], str] = str
        """Says what goes wrong here, for people; empty: nothing."""
        self._heard_at = float("-inf")
        self._joined = asyncio.Event()
        self._stirred = asyncio.Event()
        self._first: asyncio.Future[None] = self._loop.create_future()
        self._task: asyncio.Task[None] | None = None
        self._errands = Errands()
        self._rejoining = False
        self._in_hurry = False

    # For rooms

    async def start(self, patience_s: float | None = None) -> None:
        """Join, and wait until the tables are known.

        Args:
            patience_s: How long to go on trying; None for ever.

        Raises:
            PermanentFailure: The hub refuses us (host password, version).
            TemporaryFailure: Nobody was there for so long.
        """
        self._task = self._loop.create_task(self._live(), name="hub")
        try:
            async with asyncio.timeout(patience_s):
                await asyncio.shield(self._first)
        except TimeoutError:
            await self.stop()
            raise TemporaryFailure(
                f"DataMax does not answer at {self.address}"
            ) from None
        except Failure:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._errands.stop()
        if self._link is not None:
            self._link.close()
        self._calls.fail()
        if not self._first.done():
            self._first.cancel()

    @property
    def is_joined(self) -> bool:
        """The hub can be asked now."""
        return self._joined.is_set()

    @property
    def is_coming_back(self) -> bool:
        """It joins again with a new host password: questions wait a moment."""
        return self._rejoining

    @property
    def may_serve(self) -> bool:
        """Tables are known, and the hub was not silent longer than its time-out."""
        silent_s = self._loop.time() - self._heard_at
        return self.tables.are_known and silent_s <= self.timeout_s

    async def ask(self, request: Request[AnswerT]) -> AnswerT:
        """Ask and wait for the answer.

        Raises:
            TemporaryFailure: The hub is away, or cannot answer now.
            PermanentFailure: The request holds lone surrogates.
        """
        if not self._joined.is_set():
            await self._wait_if_rejoining()
        answer = await self._call(request)
        if isinstance(answer, Denied) and answer.kind == "later":
            raise TemporaryFailure(answer.reason)
        return answer  # type: ignore[no-any-return]

    def tell(self, notice: Message) -> None:
        """Say something that is not answered; lost when the hub is away.

        Open sessions and doors are remembered and told again after joining again, and
        so is who was put out meanwhile.
        """
        self._remembered.note(notice)
        if self._link is not None and self._joined.is_set():
            self._link.say(NOTICE, notice)
        else:
            self._remembered.missed(notice)

    def on_notice(
        self, kind: type[MessageT], callback: Callable[[MessageT], None]
    ) -> None:
        """Call back for every notice of that type."""
        self._notices.setdefault(kind, []).append(callback)

    def watch_logins(self, held: Held) -> None:
        """Tell `CredentialChanged` of these also where the hub could not tell it."""
        self._logins.add(held)

    def on_tables(self, callback: Callback) -> None:
        """Call back after each version of the tables, before it is acknowledged."""
        self._acting.add(callback)

    def on_request(
        self, kind: type[Request[AnswerT]], handler: Handler[AnswerT]
    ) -> None:
        """Answer requests of that type which the hub passes on to this service."""
        self._answering.add(kind, handler)

    def set_ready(self, ready: bool = True) -> None:  # noqa: FBT001, FBT002 - a plain switch
        """Tell that this service is (or is no longer) ready to serve."""
        self._ready = ready
        if self._joined.is_set():
            self._errands.begin(self._say_presence())

    def report_block_lists(
        self, states: Callable[[], tuple[BlockListState, ...]]
    ) -> None:
        """Tell with each presence how the block lists are."""
        self._block_lists = states

    def say_presence(self) -> None:
        """Say now what is said at each beat."""
        self._stirred.set()

    # Joining and living

    async def _live(self) -> None:
        pauses = Pauses(self.address)
        while True:
            try:
                async with asyncio.timeout(JOIN_S):
                    link, lost = await self._join()
                await self._take_part(link)
                self._rejoining = False
                pauses.joined()
                await self._stay(link, lost)
            except (OSError, TimeoutError, TemporaryFailure):
                pass
            except PermanentFailure as refusal:
                pauses.refused()
                if not self._first.done():
                    self._first.set_exception(refusal)
                    self._first.exception()
            finally:
                self._drop_link()
            if self._in_hurry:
                self._in_hurry = False
                continue
            self._rejoining = False
            await asyncio.sleep(pauses.next_s())

    async def _join(self) -> tuple[Link, asyncio.Future[None]]:
        password = self._password.load()
        lost: asyncio.Future[None] = self._loop.create_future()
        ears = Ears(self, lost)
        link = await dial_hub(self.address, lambda: Link(decode_from_hub, ears))
        self._link = link
        # Dear, so not before there is somebody to show it to.
        key = handshake.derive_key(password)
        welcome = await join(self._call, link, key, self._me)
        self._is_proved = True
        link.reader.limit_octets = MEMBER_LIMIT_OCTETS
        self.timeout_s = welcome.timeout_s
        self._heard_at = self._loop.time()
        return link, lost

    async def _take_part(self, link: Link) -> None:
        """Get the tables, then be there for questions."""
        if self._topics:
            held = self.tables
            await self._call(Subscribe(self._topics, held.epoch, held.version))
        self._joined.set()
        if not self._first.done():
            self._first.set_result(None)
        for notice in self._remembered.notices():
            link.say(NOTICE, notice)

    async def _stay(self, link: Link, lost: "asyncio.Future[None]") -> None:
        """Say that we are here, four times a time-out, until the link is lost."""
        self._logins.joined()
        lost.add_done_callback(lambda _: self._stirred.set())
        while not lost.done():
            self._stirred.clear()
            try:
                async with asyncio.timeout(self.timeout_s / 2):
                    await self._say_presence()
                    await self._logins.compare(self._loop.time())
            except TimeoutError:
                link.give_up("the hub does not answer")
                raise
            await self._rest()

    async def _rest(self) -> None:
        """Wait for the next beat: shorter when the time-out changes or all is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(self.timeout_s / 4, BEAT_S)):
                await self._stirred.wait()

    async def _say_presence(self) -> None:
        await self._call(
            Presence(
                self._ready,
                self._remembered.sessions,
                stalls.count(),
                self._block_lists(),
                self.trouble(),
            )
        )

    async def _wait_if_rejoining(self) -> None:
        """While a new host password is taken up, questions wait a moment."""
        if self._rejoining:
            try:
                async with asyncio.timeout(BACK_S):
                    await self._joined.wait()
            except TimeoutError:
                raise TemporaryFailure(AWAY) from None

    def _drop_link(self) -> None:
        link, self._link = self._link, None
        self._is_proved = False
        self._joined.clear()
        self.tables.drop_pieces()
        if link is not None:
            link.close()
        self._calls.fail()

    # What comes

    def _call(self, message: Message) -> "asyncio.Future[Any]":
        return self._calls.ask(self._link, message)

    def hear(self, link: Link, call: int, message: Any) -> None:
        """Take one message of the hub (called by the link)."""
        if link is not self._link:
            return  # left behind
        if call != NOTICE:
            self._calls.answered(call, message)
        if not self._is_proved:
            return
        self._heard_at = self._loop.time()
        if call != NOTICE:
            return
        if isinstance(message, TableUpdate):
            self._take_tables(message)
        elif isinstance(message, HostPasswordChanged):
            self._errands.begin(self._learn_password(message))
        elif isinstance(message, Relayed):
            self._errands.begin(self._answer_relayed(message))
        self._notify(message)

    def _notify(self, notice: Any) -> None:
        for callback in self._notices.get(type(notice), ()):
            callback(notice)

    def lost(self, link: Link) -> None:
        """A link is gone (called by it)."""
        if link is self._link:
            self._drop_link()

    def _take_tables(self, update: TableUpdate) -> None:
        if not self.tables.apply(update):
            return
        if self._topics and "settings" in self._topics:
            self._follow_timeout(float(self.tables.setting("datamax_timeout_s")))
        ack = Ack(update.epoch, update.version)
        self._errands.begin(self._acknowledge(ack, self._acting.act()))

    async def _acknowledge(self, ack: Ack, begun: Awaitable[object] | None) -> None:
        if begun is not None:
            await begun
        if self._link is not None:
            self._link.say(NOTICE, ack)

    def _follow_timeout(self, seconds: float) -> None:
        if seconds != self.timeout_s:
            self.timeout_s = seconds
            self._stirred.set()  # the next beat is due sooner, or later

    async def _answer_relayed(self, relayed: Relayed) -> None:
        self.tell(await self._answering.answer(relayed))

    async def _learn_password(self, changed: HostPasswordChanged) -> None:
        """Keep the new host password, finish what is asked, join again."""
        new = changed.password.value
        if self._password.load() != new:
            self._password.save(new)
        link = self._link
        if link is None:
            return
        link.say(NOTICE, PasswordLearned())
        self._rejoining = self._in_hurry = True
        if pending := self._calls.pending:
            await asyncio.wait(pending, timeout=FINISH_S)
        link.close()
