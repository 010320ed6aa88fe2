"""One client's line to SMTPMax: greeting, TLS, login, farewell.

Rules:
    The hub is told of a client once it has been here for a while, or has logged in,
    and that it is gone only if it was told of. What was said in the clear counts no
    more after STARTTLS. Whatever ends the session discards the transaction
    (TRUST A9).

Standards:
    RFC 5321 §4.1.1, RFC 6409, RFC 4954, RFC 3207.
"""

import asyncio

from mailmax.hub.contract.logins import ENDING_S, LoginAccepted
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.entrance import Entrance
from mailmax.net.conversation import Conversation
from mailmax.observe.dialogue import Dialogue
from mailmax.smtpmax import replies
from mailmax.smtpmax.auth import consider_logins, log_in
from mailmax.smtpmax.gate import Gate
from mailmax.smtpmax.room import Room
from mailmax.smtpmax.transaction import Transaction
from mailmax.wire.sasl.exchange import Credentials
from mailmax.wire.smtp.offers import Offers
from mailmax.wire.smtp.replies import LOGGED_IN, Reply
from mailmax.wire.smtp.server import SmtpServer
from mailmax.wire.smtp.states import Mode

_SILENT = "the client was silent for too long"


class Line:
    """What a session is beside its mail."""

    __slots__ = (
        "_conversation",
        "_gate",
        "_helo",
        "_is_told",
        "_mode",
        "_number",
        "_parting",
        "_room",
        "_transaction",
        "address",
        "command_idle_s",
        "credential_version",
        "dialogue",
        "entrance",
        "machine",
        "user_id",
        "watched",
    )

    def __init__(self, room: Room, offers: Offers, entrance: Entrance) -> None:
        """Prepare.

        Args:
            room: What all sessions share.
            offers: What this port is.
            entrance: The door that the client came by.
        """
        self.entrance = entrance
        self.machine = SmtpServer(offers, room.options.limits)
        self.user_id = 0
        self.credential_version = 0
        self.address = ""
        """Of the user who logged in."""
        self.watched = (0, 0.0)
        """What `smtpmax.watch` noted last: progress, and when it was made."""
        self.command_idle_s = 0.0
        """How long the client may be silent."""
        self._room = room
        self._gate = Gate(room, offers.mode, entrance)
        self._mode = offers.mode
        self._number = room.members.next_number()
        self._conversation: Conversation
        self._helo = ""
        self._transaction: Transaction | None = None
        self._parting = replies.STOPPING
        self._is_told = False
        self.dialogue: Dialogue | None = None
        """Tells who watches; None: nobody does."""

    # The driver's side

    def on_open(self, conversation: Conversation) -> None:
        """Greet, unless the client is banned."""
        self._conversation = conversation
        room = self._room
        machine = self.machine
        self.consider_watchers()
        if self.dialogue is not None:
            self.dialogue.connected(self.entrance.service)
        refusal = self._gate.meet(conversation)
        if refusal is not None:
            if self.dialogue is not None:
                self.dialogue.kept_out(refusal.text)
            machine.say_goodbye(refusal)
            return
        self.command_idle_s = room.command_idle_s
        if self._mode is not Mode.SUBMISSION:
            conversation.set_idle(self.command_idle_s)
        machine.encrypted = conversation.encrypted
        consider_logins(machine, room, self._gate.access, conversation.peer)
        room.members[self._number] = self
        word = "LMTP" if self._mode is Mode.LMTP else "ESMTP"
        machine.reply(Reply(220, "", f"{machine.offers.hostname} {word} MailMax"))

    def on_crash(self) -> None:
        """Say that something of ours broke."""
        self._tell_failure("something of ours broke")
        self._part(replies.TROUBLE)

    def on_timeout(self) -> None:
        """Say good-bye to a silent client."""
        self._tell_failure(_SILENT)
        self._part(replies.TIMEOUT)

    def on_shutdown(self) -> None:
        """Say why the session ends."""
        self._part(self._parting)

    def on_closed(self) -> None:
        """The client is gone."""
        self._drop_transaction()
        self._room.members.pop(self._number, None)
        if self._is_told:
            self._room.hub.tell(SessionClosed(self._number))
        if self.dialogue is not None:
            self.dialogue.left()

    def consider_watchers(self) -> None:
        """Begin to tell who watches, or stop (`observe.dialogue`)."""
        watching = self._room.options.watching
        if self.dialogue is None or not watching.trace.wanted:
            peer = self._conversation.peer
            self.dialogue = watching.begin(self._number, peer, self.address)
            self.machine.watcher = self.dialogue

    def _tell_failure(self, why: str) -> None:
        if self.dialogue is not None:
            self.dialogue.failed(why)

    def end(self, words: Reply) -> None:
        """End at the next command boundary, within `ENDING_S`, with these words."""
        self._parting = words
        self._conversation.shut_down(ENDING_S)

    def time_out(self) -> None:
        """End now: the client dawdles."""
        self._tell_failure(_SILENT)
        self._part(replies.TIMEOUT)
        self._conversation.wake()

    def tell_presence(self) -> None:
        """Tell the hub that somebody is here, and who."""
        self._is_told = True
        service = "lmtp" if self._mode is Mode.LMTP else "smtp"
        self._room.hub.tell(
            SessionOpened(self._number, service, self._conversation.peer, self.address)
        )

    @property
    def is_told(self) -> bool:
        """The hub knows of this session."""
        return self._is_told

    def _part(self, words: Reply) -> None:
        self.machine.say_goodbye(words)
        self._drop_transaction()

    def _drop_transaction(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            transaction.discard()

    # TLS and login

    async def _start_tls(self) -> None:
        context = self._room.tls
        if context is None:
            self.machine.reply(replies.NO_TLS)
            return
        self.machine.accept_tls()
        self._forget_login()
        try:
            await self._conversation.start_tls(context)
        except OSError:
            self._conversation.abort()
            return
        if self.dialogue is not None:
            self.dialogue.step("TLS has begun")
        consider_logins(
            self.machine, self._room, self._gate.access, self._conversation.peer
        )

    def _forget_login(self) -> None:
        """What was said in the clear counts no more (RFC 3207 §4.2)."""
        self._helo = self.address = ""
        self.user_id = self.credential_version = 0
        if self.dialogue is not None:
            self.dialogue.logged_out()
        self.machine.is_lenient = self._gate.access.is_exempt

    async def _log_in(self, credentials: Credentials) -> None:
        found = await log_in(
            self._room,
            self._conversation,
            credentials,
            self.entrance.default_domain,
            exempt=self._gate.access.is_exempt,
        )
        if isinstance(found, LoginAccepted):
            self._room.counters.logins += 1
            self.user_id = found.user_id
            self.credential_version = found.credential_version
            self.address = found.address
            self.machine.is_lenient = True
            self.machine.must_wait = False
            self._conversation.set_idle(self.command_idle_s)
            self.tell_presence()
            if self.dialogue is not None:
                self.dialogue.logged_in(self.address, "AUTH")
            self.machine.reply(LOGGED_IN)
        else:
            if self.dialogue is not None:
                self.dialogue.login_failed(credentials.login_name, "AUTH", found.text)
            self.machine.reply(found)

    async def _wait(self) -> None:
        await asyncio.sleep(self._room.options.slow_s)
        self.machine.go_on()
