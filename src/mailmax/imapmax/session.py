"""One client of IMAPMax: the driver's side and what every command needs.

Theory:
    An event goes to its handler (`commands`), which says untagged responses through
    the machine and ends with `ok`, `no` or `bad`. `ok` first tells what is new in the
    selected mailbox. Failures that a handler lets pass are answered here, once.

Rules:
    No task for a session: a handler that does not wait is done on the spot (`eager`).
    A session that idles holds its machine, its view and nothing else of its own.

Limits:
    60 s before login, 30 min after, 100 octets a second of a message (TRUST 3,
    RFC 3501 §5.4); at most 20 sessions for a user and address.
"""

import time
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from typing import Any

from mailmax.base.errors import Failure
from mailmax.base.ids import UserId
from mailmax.base.result import Accepted
from mailmax.hub.contract.logins import ENDING_S, LoginAccepted
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.entrance import Entrance
from mailmax.imapmax import capabilities, eager, replies
from mailmax.imapmax.receiving import Receiving
from mailmax.imapmax.room import Room
from mailmax.imapmax.selected import Selected
from mailmax.net.conversation import Conversation
from mailmax.observe.dialogue import Dialogue
from mailmax.observe.events.kinds import Kind
from mailmax.policy.access import PERMITTED
from mailmax.policy.quota import fits_box
from mailmax.store.mailboxes.port import Account, Locked
from mailmax.wire.imap.commands.append import Append, AppendChunk
from mailmax.wire.imap.server import ServerMachine
from mailmax.wire.imap.types.malformed import Unacceptable

_PRIVACY = Unacceptable("use TLS first", "PRIVACYREQUIRED")
_NUMBERS = count(1)


class ImapSession:
    """A client, logged in or not."""

    __slots__ = (
        "_conversation",
        "_ending",
        "_idle_s",
        "_number",
        "access",
        "account",
        "condstore",
        "dialogue",
        "entrance",
        "machine",
        "receiving",
        "room",
        "selected",
        "user",
    )

    def __init__(self, room: Room, entrance: Entrance) -> None:
        """Wait for the client to be connected."""
        self.room = room
        self.entrance = entrance
        """The door that the client came by."""
        self.machine = ServerMachine(room.settings.limits)
        self.user: LoginAccepted | None = None
        self.account: Account | None = None
        self.selected: Selected | None = None
        self.receiving: Receiving | None = None
        self.condstore = False
        self.access = PERMITTED
        """What the filters say of the client."""
        self._number = 0
        self._ending = ""
        self._idle_s = 0.0
        self._conversation: Conversation | None = None
        self.dialogue: Dialogue | None = None
        """Tells who watches; None: nobody does."""

    # The driver's side

    def on_open(self, conversation: Conversation) -> None:
        """Greet."""
        self._conversation = conversation
        number = next(_NUMBERS)
        self._watch(number)
        if self.dialogue is not None:
            self.dialogue.connected(self.entrance.service)
        self.access = self.room.settings.meet(conversation)
        if self.access.is_banned:
            if self.dialogue is not None:
                self.dialogue.kept_out("the client is banned")
            self.machine.bye(replies.BANNED.text)
            return
        self._number = number
        self.room.present.add(self)
        self.consider_privacy()
        self.room.hub.tell(SessionOpened(self._number, "imap", conversation.peer))
        self.machine.untagged_ok(
            f"{self.entrance.greeting} MailMax ready",
            f"CAPABILITY {self.capabilities}",
        )

    def on_event(self, event: Any) -> Awaitable[None] | None:
        """Carry one command out."""
        if self.dialogue is not None:
            self.dialogue.understood()
        if type(event) is AppendChunk:
            if self.receiving is not None:
                self.receiving.take(event.octets)
                if self.receiving.is_whole and not self.machine.backlog:
                    self.conversation.acknowledge()
            return None
        if self.selected is not None:
            self.selected.opened.touch()
        if self.dialogue is not None and self.dialogue.wants(Kind.INTERNAL):
            return eager.start(self._carry_out_timed(event, self.dialogue))
        return eager.start(self._carry_out(event))

    def on_crash(self) -> None:
        """Something of ours broke."""
        if self.dialogue is not None:
            self.dialogue.failed("something of ours broke")
        self.machine.bye("Internal error, sorry", "SERVERBUG")

    def on_timeout(self) -> None:
        """The client was silent too long."""
        if self.dialogue is not None:
            self.dialogue.failed("the client was silent for too long")
        self.machine.bye("Idle for too long")

    def on_shutdown(self) -> None:
        """The service stops (TRUST D11), or this session must end."""
        if self._ending:
            self.machine.bye(self._ending)
        else:
            self.machine.bye("The service is closed", "UNAVAILABLE")

    def on_closed(self) -> None:
        """The client is gone: let go of everything."""
        self.leave_mailbox()
        self.stop_receiving()
        if self.user is not None:
            self._count_out(self.user.user_id)
        if self.account is not None:
            self.account.close()
            self.account = None
        if self._number:
            self.room.hub.tell(SessionClosed(self._number))
            self.room.present.discard(self)
        if self.dialogue is not None:
            self.dialogue.left()
        self._conversation = None

    def consider_watchers(self) -> None:
        """Begin to tell who watches, or stop (`observe.dialogue`)."""
        self._watch(self._number)

    def _watch(self, number: int) -> None:
        watching, talk = self.room.settings.watching, self._conversation
        if talk is not None and (self.dialogue is None or not watching.trace.wanted):
            user = "" if self.user is None else self.user.address
            self.dialogue = watching.begin(number, talk.peer, user)
            self.machine.watcher = self.dialogue

    async def _carry_out_timed(self, event: Any, dialogue: Dialogue) -> None:
        begun_s = time.monotonic()
        await self._carry_out(event)
        took_ms = (time.monotonic() - begun_s) * 1000
        dialogue.step(f"{type(event).__name__} took {took_ms:.1f} ms")

    async def _carry_out(self, event: Any) -> None:
        try:
            await self.room.handlers[type(event)](self, event)
        except Locked:
            self.no(replies.IN_USE)
        except FileNotFoundError:
            self.no(replies.No("No such mailbox", "NONEXISTENT"))
        except FileExistsError:
            self.no(replies.No("There is such a mailbox", "ALREADYEXISTS"))
        except Failure as failure:
            self.no(replies.of_failure(failure))
        if self._ending:
            self.machine.bye(self._ending)

    # For commands

    @property
    def conversation(self) -> Conversation:
        """The client's conversation.

        Raises:
            ConnectionResetError: The client left.
        """
        if self._conversation is None:
            raise ConnectionResetError("client left")
        return self._conversation

    @property
    def capabilities(self) -> str:
        """What CAPABILITY answers just now."""
        if self.user is not None:
            return capabilities.AFTER_LOGIN
        return capabilities.before_login(
            starttls=self.may_start_tls,
            may_log_in=self.machine.login_refusal is None,
        )

    @property
    def may_start_tls(self) -> bool:
        """STARTTLS can be had."""
        context = self.room.settings.starttls
        return context is not None and not self.conversation.encrypted

    @property
    def mail(self) -> Account:
        """The account of the user who is logged in."""
        if self.account is None:
            raise AssertionError("the machine lets nobody in without a login")
        return self.account

    @property
    def open_mailbox(self) -> Selected:
        """The selected mailbox."""
        if self.selected is None:
            raise AssertionError("the machine lets nobody in without a mailbox")
        return self.selected

    def consider_privacy(self) -> None:
        """Decide whether a password may be said now (LOGINDISABLED)."""
        talk = self.conversation
        private = talk.encrypted or self.access.is_exempt
        self.machine.login_refusal = None if private else _PRIVACY

    def has_room(self, octets: int) -> bool:
        """Tell whether so much more may be put into the user's mailboxes.

        Raises:
            TemporaryFailure: What is in them cannot be read.
        """
        limit = 0 if self.user is None else self.user.box_limit_octets
        if not limit:
            return True
        held = self.mail.usage().octets
        return isinstance(fits_box(limit, held, octets), Accepted)

    def ok(self, text: str, code: str = "", *, may_expunge: bool = True) -> None:
        """Tell what is new, then answer the open command: done."""
        self.tell_news(may_expunge=may_expunge)
        self.machine.ok(text, code)
        if self.selected is not None and self.selected.view.gone:
            self.machine.bye("The selected mailbox is gone")

    def no(self, answer: replies.No) -> None:
        """Answer the open command: not done."""
        self.machine.no(answer.text, answer.code)

    def tell_news(self, *, may_expunge: bool) -> None:
        """Say the untagged responses that are due."""
        if self.selected is not None:
            news = self.selected.news(may_expunge=may_expunge)
            if news:
                self.machine.send(news)

    def push(self) -> None:
        """Say at once what is new, when the client idles (RFC 2177)."""
        machine, talk = self.machine, self._conversation
        if talk is None or self.selected is None:
            return
        if machine.idling:
            self.tell_news(may_expunge=True)
            talk.flush()
        if self.selected.view.gone and not machine.answering:
            machine.bye("The selected mailbox is gone")
            talk.close()

    def select(self, selected: Selected) -> None:
        """Look at a mailbox."""
        self.selected = selected

    def enable_condstore(self) -> None:
        """The client knows of mod-sequences: tell them from now on (RFC 7162 §3.1)."""
        self.condstore = True
        if self.selected is not None:
            self.selected.condstore = True

    def leave_mailbox(self) -> None:
        """Look at none."""
        selected, self.selected = self.selected, None
        if selected is not None:
            selected.leave()
            self.room.opened.leave(selected.opened)

    @property
    def user_id(self) -> int:
        """Who is logged in."""
        if self.user is None:
            raise AssertionError("the machine lets nobody in without a login")
        return self.user.user_id

    def receive(self, command: Append) -> None:
        """Take the octets of a message from now on, if they come fast enough."""
        settings = self.room.settings
        self.receiving = Receiving(command, self.user_id, self.room.arrivals)
        self.receiving.watch(settings.message_s, self._end_slow_message)
        self.conversation.set_idle(settings.message_s)
        self.machine.accept_message()

    def _end_slow_message(self) -> None:
        self.machine.bye("The message comes too slowly")
        self.conversation.close()

    def stop_receiving(self) -> None:
        """Let go of the message that was being appended."""
        receiving, self.receiving = self.receiving, None
        if receiving is not None:
            receiving.stop()
            if self._conversation is not None:
                self._conversation.set_idle(self._idle_s)

    def log_in(self, user: LoginAccepted) -> bool:
        """Count the session in; False when the user has too many from there."""
        room, talk = self.room, self.conversation
        settings = room.settings
        key = (user.user_id, talk.peer)
        if (
            room.connections[key] >= settings.max_per_user_and_address
            and not self.access.is_exempt
        ):
            return False
        room.connections[key] += 1
        room.sessions.setdefault(user.user_id, []).append(self)
        self.user = user
        self.account = room.store.account(UserId(user.user_id), user.home)
        self._idle_s = settings.idle_s()
        talk.set_idle(self._idle_s)
        room.hub.tell(SessionOpened(self._number, "imap", talk.peer, user.address))
        return True

    def end(self, words: str) -> None:
        """Say good-bye at the end of the open command, within `ENDING_S`."""
        self._ending = words
        if self._conversation is not None:
            self._conversation.shut_down(ENDING_S)

    async def patiently(self, work: Callable[[], Any]) -> Any:
        """Change something that may be locked for a moment."""
        return await self.room.threads.patiently(work)

    def _count_out(self, user_id: int) -> None:
        room = self.room
        others = room.sessions.get(user_id)
        if others is not None:
            others.remove(self)
            if not others:
                del room.sessions[user_id]
        key = (user_id, self.conversation.peer)
        room.connections[key] -= 1
        if not room.connections[key]:
            del room.connections[key]


Handler = Callable[[ImapSession, Any], Coroutine[Any, Any, None]]
