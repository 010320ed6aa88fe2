"""One connection to a remote server, from its greeting to QUIT.

Theory:
    A session greets, encrypts when that is offered, and sends messages one after
    another: MAIL, all recipients and DATA in one go where the server allows it. Every
    recipient gets an `Outcome`, whatever happens.

Rules:
    A recipient is delivered only when the answer to the end of content was read as a
    whole and is 2yz (TRUST D4). Where that answer never came, the message may have
    been taken: it is tried again, and counted (`Sent.is_doubtful`).
    One deadline a command with its answer (TRUST C1).

Limits:
    RFC 5321 §4.5.3.2: greeting and MAIL, RCPT 5 min, DATA 2 min, a block 3 min, the
    final dot 10 min. 100 recipients a transaction (Postfix 50).

Standards:
    RFC 5321 §3.3, RFC 2920, RFC 3207, RFC 7435 (opportunistic encryption).
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace

from mailmax.base.errors import Failure
from mailmax.base.pieces import PIECE_OCTETS
from mailmax.net.link import Link
from mailmax.policy.asking import check_time
from mailmax.policy.offers import (
    check_eight_bit,
    check_nul,
    check_size,
    check_wide_header,
    takes_binary,
)
from mailmax.policy.outcome import (
    Outcome,
    Result,
    judge_reply,
    permanent,
    printable,
    transient,
)
from mailmax.queuemax.content import Content
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.peers import Host, Myself
from mailmax.queuemax.sent import Sent, Unanswered, unreadable
from mailmax.queuemax.transaction import Transaction
from mailmax.wire.smtp.client import Broken, SmtpClient, Verb
from mailmax.wire.smtp.remote import RemoteReply


class RemoteSession:
    """A greeted connection."""

    def __init__(self, link: Link, machine: SmtpClient, host: Host, me: Myself) -> None:
        """Own a connected link.

        Args:
            link: Drives `machine`.
            machine: Not yet greeted.
            host: Who is there.
            me: Who we are, and how long we wait.
        """
        self.link = link
        self.machine = machine
        self.host = host
        self.limits = me.limits
        self.loop = asyncio.get_running_loop()
        self.needs_reset = False
        self._hostname = me.hostname

    @property
    def is_usable(self) -> bool:
        """Tell whether another message may be sent."""
        return self.machine.is_usable and self.link.is_open

    @property
    def is_encrypted(self) -> bool:
        """Tell whether TLS is on."""
        return self.link.encrypted

    @property
    def offers_tls(self) -> bool:
        """Tell whether the server offers STARTTLS now."""
        return "STARTTLS" in self.machine.offers and not self.link.encrypted

    # Greeting

    async def greet(self) -> Outcome | None:
        """Hear the greeting and introduce ourselves.

        Returns:
            None when mail may be sent, else why not.
        """
        try:
            reply = await self.answer(Verb.GREETING)
            if reply.code >= 400:
                return self._not_here(reply)
            return await self._introduce()
        except Unanswered as lost:
            return self.lost(lost)

    async def encrypt(self, context: ssl.SSLContext) -> Outcome | None:
        """Start TLS and introduce ourselves again.

        Returns:
            None when mail may be sent, in the clear where the server did not want to
            after all; else why not.

        Raises:
            OSError: The handshake failed; the connection is gone.
        """
        try:
            self.machine.starttls()
            reply = await self.answer(Verb.STARTTLS)
            if reply.code != 220:
                return None if self.is_usable else self._not_here(reply)
            await self.link.start_tls(context, self.host.name)
            return await self._introduce()
        except Unanswered as lost:
            return self.lost(lost)

    async def _introduce(self) -> Outcome | None:
        self.machine.ehlo(self._hostname)
        reply = await self.answer(Verb.EHLO)
        if reply.code >= 500 and self.machine.is_usable and self.machine.has_helo:
            self.machine.helo(self._hostname)
            reply = await self.answer(Verb.HELO)
        if reply.code >= 400:
            return self._not_here(reply)
        name = reply.lines[0].split(b" ")[0].decode("ascii", "replace").lower()
        if name == self._hostname.lower() and not self.host.is_configured:
            return permanent("5.4.6", "mail loops back to this server", self.host.name)
        return None

    def _not_here(self, reply: RemoteReply) -> Outcome:
        """A server that refuses to talk may do so later, or its neighbour may."""
        outcome = judge_reply(reply.code, reply.lines, self.host.name)
        status = outcome.status if outcome.result is Result.TRANSIENT else "4.3.2"
        return replace(outcome, result=Result.TRANSIENT, status=status)

    # Sending

    async def send(self, mail: Mail) -> Sent:
        """Send one message; every recipient gets an outcome."""
        refusal = check_size(self.machine.offers, mail.size) or self._check_wishes(mail)
        body: str | Outcome = ""
        content = None
        try:
            if refusal is None:
                content = mail.read_whole() if mail.size <= PIECE_OCTETS else None
                body = self._find_body(mail, content)
        except Failure as failure:
            body = unreadable(failure)
        found = refusal or body
        if isinstance(found, Outcome):
            return Sent([found] * len(mail.targets))
        octets = Content(self, mail, content, found)
        return await Transaction(self, mail, octets).run()

    def _check_wishes(self, mail: Mail) -> Outcome | None:
        wishes = mail.envelope.wishes
        if wishes is None:
            return None
        by_s = mail.seconds_left(self.loop.time())
        return check_time(wishes, self.machine.offers, by_s)

    def _find_body(self, mail: Mail, content: bytes | None) -> str | Outcome:
        """Return how MAIL calls the content, or why it cannot be sent.

        The NUL of a large message is found while it is sent, where it makes no
        difference before.
        """
        offers = self.machine.offers
        if mail.envelope.smtputf8:
            refusal = check_wide_header(offers, mail.header())
            if refusal is not None:
                return refusal
        if takes_binary(offers):
            has_nul = b"\0" in content if content is not None else mail.has_nul()
            if has_nul:
                return "BINARYMIME"
        elif content and (refusal := check_nul(content)):
            return refusal
        body_type = mail.envelope.body_type
        if "8BITMIME" in offers:
            return body_type
        is_seven_bit = content.isascii() if content else mail.is_seven_bit()
        return (None if is_seven_bit else check_eight_bit(offers)) or body_type

    async def quit(self) -> None:
        """Say good-bye, without waiting long for the answer."""
        if self.is_usable and not self.machine.in_content:
            self.machine.quit()
            with suppress(OSError):
                await self.link.event(self.loop.time() + self.limits.quit_s)
        self.link.close()

    def abort(self) -> None:
        """Close at once."""
        self.link.abort()

    # Inside

    async def answer(self, verb: Verb, limit_s: float = 0.0) -> RemoteReply:
        """Return the answer to the oldest unanswered command.

        Raises:
            Unanswered: None came that makes sense.
        """
        deadline = self.loop.time() + (limit_s or self.limits.command_s)
        try:
            event = await self.link.event(deadline)
        except TimeoutError:
            raise Unanswered(f"no answer to {verb.value} in time") from None
        except OSError:
            raise Unanswered(f"connection lost at {verb.value}") from None
        if isinstance(event, Broken):
            self.link.abort()
            raise Unanswered(f"{event.text} at {verb.value}")
        if event.verb is not verb:
            self.link.close()
            text = printable(b" ".join(event.reply.lines))
            raise Unanswered(f"{event.reply.code} {text} at {verb.value}")
        reply: RemoteReply = event.reply
        if not self.machine.is_usable:
            self.link.close()
        return reply

    def lost(self, lost: Unanswered) -> Outcome:
        """Give the connection up; return what that means to recipients."""
        self.link.abort()
        return transient("4.4.2", str(lost), self.host.name)
