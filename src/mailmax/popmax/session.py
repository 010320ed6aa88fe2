"""One client of POPMax: commands carried out on its maildrop.

Theory:
    The machine lets through only what is legal now, so an arm here is: find, do, say.
    Small messages are answered at once, so that pipelined RETRs leave in few writes;
    large ones through `sending`.

Rules:
    A time-out ends a session without a word and without UPDATE (RFC 1939 §3). QUIT's
    removal goes on when the client does not wait for its answer.
    A maildrop is let go as soon as its session ends, not when the last octet is sent.

Limits:
    Three minutes in all for logging in, ten of idling afterwards (TRUST 3).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, ClassVar

from mailmax.base.errors import Failure
from mailmax.base.pieces import PIECE_OCTETS
from mailmax.base.result import Reason
from mailmax.hub.contract.logins import ENDING_S, LoginAccepted, VerifyApop, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.entrance import Entrance
from mailmax.net.conversation import Conversation
from mailmax.observe.dialogue import Dialogue
from mailmax.popmax import replies
from mailmax.popmax.login import Login, log_in
from mailmax.popmax.maildrop import Maildrop
from mailmax.popmax.room import Room
from mailmax.popmax.sending import Sender
from mailmax.popmax.tally import Tally
from mailmax.wire.pop3 import commands
from mailmax.wire.pop3.apop import CHALLENGE_OCTETS, make_challenge
from mailmax.wire.pop3.server import Pop3Server
from mailmax.wire.pop3.top import TopCutter

FLUSH_OCTETS = 64 * 1024
_LONG_LISTING = 4000

Pending = Awaitable[None] | None


class PopSession:
    """The room's side of one client."""

    __slots__ = (
        "_address",
        "_conversation",
        "_deadline",
        "_drop",
        "_is_exempt",
        "_number",
        "_parting",
        "_room",
        "_sender",
        "_tally",
        "credential_version",
        "dialogue",
        "entrance",
        "machine",
        "user_id",
    )

    def __init__(self, room: Room, entrance: Entrance) -> None:
        """Prepare.

        Args:
            room: What all sessions share.
            entrance: The door that the client came by.
        """
        self.entrance = entrance
        self.machine = Pop3Server(room.options.limits)
        self.user_id = 0
        self.credential_version = 0
        self._room = room
        self._number = room.members.next_number()
        self._conversation: Conversation
        self._sender: Sender
        self._drop: Maildrop | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._parting = replies.STOPPING
        self._is_exempt = False
        self._address = ""
        self._tally = Tally(room.counters)
        self.dialogue: Dialogue | None = None
        """Tells who watches; None: nobody does."""

    # The driver's side

    def on_open(self, conversation: Conversation) -> None:
        """Greet."""
        options = self._room.options
        host = self.entrance.greeting
        self._conversation = conversation
        self._sender = Sender(conversation, self.machine, options.stall_s)
        machine = self.machine
        self.consider_watchers()
        if self.dialogue is not None:
            self.dialogue.connected(self.entrance.service)
        access = options.meet(conversation)
        if access.is_banned:
            if self.dialogue is not None:
                self.dialogue.kept_out("the client is banned")
            machine.part(*replies.REFUSALS[Reason.CLIENT_BANNED])
            return
        self._is_exempt = access.is_exempt
        clear = conversation.encrypted or access.is_exempt
        machine.may_login = clear
        machine.may_apop = clear or not options.apop_needs_tls
        machine.offers_tls = self._room.tls is not None and not conversation.encrypted
        challenge = ""
        machine.needs_apop = options.needs_apop()
        if machine.needs_apop or options.offer_apop():
            challenge = make_challenge(secrets.token_bytes(CHALLENGE_OCTETS), host)
        machine.greet(f"{host} MailMax POP3 ready", challenge)
        conversation.set_idle(options.login_idle_s)
        self._deadline = asyncio.get_running_loop().call_later(
            options.login_total_s, conversation.abort
        )
        self._room.members[self._number] = self
        self._tell_presence("")

    def on_event(self, event: Any) -> Pending:
        """Carry out one command."""
        if self.dialogue is not None:
            self.dialogue.understood()
        return self._ARMS[type(event)](self, event)

    def on_crash(self) -> None:
        """Say that something of ours broke."""
        self._tell_failure("something of ours broke")
        self.machine.part(*replies.TROUBLE)
        self._let_go()

    def on_timeout(self) -> None:
        """Leave without a word (RFC 1939 §3)."""
        self._tell_failure("the client was silent for too long")
        self._let_go()
        self._conversation.abort()

    def on_shutdown(self) -> None:
        """Say why the session ends."""
        self.machine.part(*self._parting)
        self._let_go()

    def on_closed(self) -> None:
        """The client is gone."""
        self._let_go()
        if self._deadline is not None:
            self._deadline.cancel()
        if self._room.members.pop(self._number, None) is not None:
            self._room.hub.tell(SessionClosed(self._number))
        if self.dialogue is not None:
            self.dialogue.left()

    def consider_watchers(self) -> None:
        """Begin to tell who watches, or stop (`observe.dialogue`)."""
        watching = self._room.options.watching
        if self.dialogue is None or not watching.trace.wanted:
            peer = self._conversation.peer
            self.dialogue = watching.begin(self._number, peer, self._address)
            self.machine.watcher = self.dialogue

    def _tell_failure(self, why: str) -> None:
        if self.dialogue is not None:
            self.dialogue.failed(why)

    def end(self, words: replies.Words) -> None:
        """End at the next command boundary, within `ENDING_S`, with these words."""
        self._parting = words
        self._conversation.shut_down(ENDING_S)

    def _let_go(self) -> None:
        drop, self._drop = self._drop, None
        if drop is not None:
            self._tell_end(drop, removed=0)
            drop.close()

    def _tell_end(self, drop: Maildrop, removed: int) -> None:
        left = drop.totals()[0] if removed else len(drop)
        self._tally.closed(removed, left, self.dialogue)

    def _tell_presence(self, address: str) -> None:
        self._room.hub.tell(
            SessionOpened(self._number, "pop3", self._conversation.peer, address)
        )

    # AUTHORIZATION

    def _login(self, command: commands.Login) -> Pending:
        conversation = self._conversation
        return self._log_in(
            VerifyLogin(
                login_name=command.login_name,
                password=Secret(command.password),
                service="pop3",
                peer=conversation.peer,
                encrypted=conversation.encrypted,
                default_domain=self.entrance.default_domain,
                is_exempt=self._is_exempt,
            )
        )

    def _apop(self, command: commands.Apop) -> Pending:
        conversation = self._conversation
        return self._log_in(
            VerifyApop(
                login_name=command.login_name,
                challenge=command.challenge,
                digest=command.digest,
                peer=conversation.peer,
                encrypted=conversation.encrypted,
                default_domain=self.entrance.default_domain,
                is_exempt=self._is_exempt,
            )
        )

    async def _log_in(self, request: VerifyLogin | VerifyApop) -> None:
        found = await log_in(self._room, request, self._number)
        if not isinstance(found, Login):
            if self.dialogue is not None:
                name, way = request.login_name, _way_of(request)
                self.dialogue.login_failed(name, way, found[0])
            self.machine.err(*found)
            return
        self._drop = found.drop
        self._address = found.who.address
        if self.dialogue is not None:
            self.dialogue.logged_in(self._address, _way_of(request))
            self.dialogue.step(f"the maildrop has {len(found.drop)} messages")
        self._welcome(found.who)

    def _welcome(self, who: LoginAccepted) -> None:
        self.user_id = who.user_id
        self.credential_version = who.credential_version
        if self._deadline is not None:
            self._deadline.cancel()
        self._conversation.set_idle(self._room.options.idle_s())
        self._tell_presence(who.address)
        messages, octets = self._maildrop.totals()
        self.machine.ok(f"{messages} messages ({octets} octets)")

    async def _start_tls(self, _command: commands.StartTls) -> None:
        context = self._room.tls
        if context is None:
            self.machine.err(replies.NO_TLS)
            return
        self.machine.ok("Begin TLS")
        try:
            await self._conversation.start_tls(context)
        except OSError:
            self._conversation.abort()
            return
        if self.dialogue is not None:
            self.dialogue.step("TLS has begun")

    # TRANSACTION

    @property
    def _maildrop(self) -> Maildrop:
        drop = self._drop
        if drop is None:
            raise ConnectionAbortedError("the session has ended")
        return drop

    def _stat(self, _command: commands.Stat) -> None:
        messages, octets = self._maildrop.totals()
        self.machine.ok(f"{messages} {octets}")

    def _list(self, command: commands.List) -> Pending:
        drop, number = self._maildrop, command.number
        if number is None:
            messages, octets = drop.totals()
            text = f"{messages} messages ({octets} octets)"
            return self._listing(text, drop.scan_listings())
        if drop.has(number):
            self.machine.ok(f"{number} {drop.sizes[number - 1]}")
        else:
            self.machine.err(replies.NO_SUCH_MESSAGE)
        return None

    def _uidl(self, command: commands.Uidl) -> Pending:
        drop, number = self._maildrop, command.number
        if number is None:
            return self._listing("Unique-ids follow", drop.unique_id_listings())
        if drop.has(number):
            self.machine.ok(f"{number} {drop.unique_id(number)}")
        else:
            self.machine.err(replies.NO_SUCH_MESSAGE)
        return None

    def _listing(self, text: str, blocks: Iterator[bytes]) -> Pending:
        self.machine.begin_lines(text)
        if len(self._maildrop) > _LONG_LISTING:
            return self._sender.send_lines(blocks)
        for block in blocks:
            self.machine.content(block)
        self.machine.end_lines()
        return None

    def _retrieve(self, command: commands.Retrieve) -> Pending:
        drop, machine = self._maildrop, self.machine
        place = drop.find(command.number)
        if place is None:
            machine.err(replies.NO_SUCH_MESSAGE)
            return None
        octets = drop.sizes[command.number - 1]
        mailbox, text = drop.mailbox, f"{octets} octets"
        if mailbox.sizes[place] > PIECE_OCTETS:
            self._tally.sent(command.number, octets, self.dialogue)
            return self._sender.send_message(mailbox, place, text)
        try:
            content = mailbox.read(place)
        except Failure as failure:
            machine.err(*replies.failure_words(failure))
            return None
        self._tally.sent(command.number, octets, self.dialogue)
        machine.message(text, content)
        if machine.pending > FLUSH_OCTETS:
            self._conversation.flush()
        return None

    def _top(self, command: commands.Top) -> Pending:
        drop = self._maildrop
        place = drop.find(command.number)
        if place is None:
            self.machine.err(replies.NO_SUCH_MESSAGE)
            return None
        cutter = TopCutter(command.lines)
        return self._sender.send_message(drop.mailbox, place, "Top follows", cutter)

    def _delete(self, command: commands.Delete) -> None:
        drop = self._maildrop
        if drop.find(command.number) is None:
            self.machine.err(replies.NO_SUCH_MESSAGE)
        else:
            drop.delete(command.number)
            self.machine.ok(f"Message {command.number} deleted")

    def _reset(self, _command: commands.Reset) -> None:
        drop = self._maildrop
        drop.reset()
        messages, octets = drop.totals()
        self.machine.ok(f"{messages} messages ({octets} octets)")

    def _quit(self, _command: commands.Quit) -> Pending:
        drop, self._drop = self._maildrop, None
        if drop.is_changed:
            return self._update(drop)
        self._tell_end(drop, removed=0)
        drop.close()
        self.machine.ok("Good-bye")
        return None

    async def _update(self, drop: Maildrop) -> None:
        try:
            await asyncio.shield(self._room.carry_on(drop.update()))
        except Failure:
            self._tell_failure("messages could not be removed")
            self.machine.err(*replies.NOT_REMOVED)
        else:
            left, _ = drop.totals()
            self._tell_end(drop, removed=len(drop) - left)
            self.machine.ok("Good-bye")

    _ARMS: ClassVar[Mapping[type, Callable[["PopSession", Any], Pending]]] = {
        commands.Retrieve: _retrieve,
        commands.Login: _login,
        commands.Apop: _apop,
        commands.StartTls: _start_tls,
        commands.Stat: _stat,
        commands.List: _list,
        commands.Uidl: _uidl,
        commands.Top: _top,
        commands.Delete: _delete,
        commands.Reset: _reset,
        commands.Quit: _quit,
    }
    """One arm a command."""


def _way_of(request: VerifyLogin | VerifyApop) -> str:
    return "APOP" if isinstance(request, VerifyApop) else "PASS"
