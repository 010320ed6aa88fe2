"""A message's content on its way: by DATA, or counted by BDAT.

Theory:
    ============  ================================  ==============================
    step          by DATA                           counted
    ============  ================================  ==============================
    `announce`    DATA, behind the last RCPT        BDAT 0
    `send`        354, content, dot                 250, chunks, the last LAST
    ============  ================================  ==============================

    What cannot go by DATA (NUL) goes counted, as BODY=BINARYMIME, where the server
    takes that; all else goes by DATA (docs/decisions/0010-sending-by-data.md).

Rules:
    From the moment when the end is sent until it is answered the message may have
    been taken: `is_doubtful` (TRUST C1). Nothing is sent when nobody was accepted.

Limits:
    Pieces of 256 KiB; counted, one more is sent before the answer to the last.

Standards:
    RFC 5321 §4.1.1.4, RFC 3030 §2 and §3, RFC 2920 §3.1.
"""

import asyncio
from typing import Protocol

from mailmax.base.errors import Failure
from mailmax.net.link import Link
from mailmax.policy.offers import check_nul
from mailmax.policy.outcome import Outcome, judge_reply
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.peers import Host, TimeLimits
from mailmax.queuemax.sent import BrokenOff, Unanswered, unreadable
from mailmax.wire.smtp.client import Replied, SmtpClient, Verb
from mailmax.wire.smtp.remote import RemoteReply


class Greeted(Protocol):
    """What a transaction needs of its session."""

    link: Link
    host: Host
    limits: TimeLimits
    machine: SmtpClient
    loop: asyncio.AbstractEventLoop
    needs_reset: bool

    async def answer(self, verb: Verb, limit_s: float = 0.0) -> RemoteReply:
        """Return the answer to the oldest unanswered command.

        Raises:
            Unanswered: None came that makes sense.
        """

    def lost(self, lost: Unanswered) -> Outcome:
        """Give the connection up; return what that means to recipients."""


class Content:
    """One message's octets, on one connection."""

    def __init__(
        self, session: Greeted, mail: Mail, octets: bytes | None, body: str
    ) -> None:
        """Prepare; nothing is said.

        Args:
            session: Where to.
            mail: What is read piece by piece where `octets` is None.
            octets: All of it, where it is small.
            body: As MAIL calls it (RFC 6152, RFC 3030).
        """
        self.body = body
        self.is_doubtful = False
        self._session = session
        self._machine = session.machine
        self._mail = mail
        self._octets = octets
        self._is_counted = body == "BINARYMIME"

    def announce(self) -> None:
        """Ask, behind the recipients, to send it."""
        if self._is_counted:
            self._machine.count()
        else:
            self._machine.data()

    def take_back(self) -> bool:
        """Do not ask after all; False when an answer is still to come."""
        return self._machine.take_back()

    async def send(self, *, is_wanted: bool) -> RemoteReply:
        """Send it and return the answer, to all of it or to the question.

        Args:
            is_wanted: Somebody was accepted.

        Raises:
            BrokenOff: It could not be sent to its end; says what that means.
            Unanswered: The connection is of no use any more.
        """
        reply = await self._ask()
        if reply.code >= 400 or (self._is_counted and not is_wanted):
            return reply
        if self._machine.has_unread:  # it would pass for the answer to the content
            raise Unanswered("an answer before there was a question")
        await self._send_octets(is_wanted=is_wanted)
        self.is_doubtful = is_wanted
        reply = await self._session.answer(Verb.CONTENT, self._session.limits.end_s)
        self.is_doubtful = False
        self._session.needs_reset = False
        return reply

    async def _ask(self) -> RemoteReply:
        session = self._session
        if self._is_counted:
            return await session.answer(Verb.BDAT, session.limits.data_s)
        return await session.answer(Verb.DATA, session.limits.data_s)

    async def _send_octets(self, *, is_wanted: bool) -> None:
        if not is_wanted:  # RFC 2920 §3.1: nobody is left, send nothing
            self._machine.message(b"")
        elif self._octets is None:
            await self._stream()
        elif self._is_counted:
            self._machine.chunk(self._octets, is_last=True)
        else:
            self._machine.message(self._octets)

    async def _stream(self) -> None:
        """Send a large message piece by piece, until the server has heard enough."""
        try:
            if self._is_counted:
                await self._stream_counted()
            else:
                await self._stream_data()
        except Failure as failure:
            raise BrokenOff(failure.text, unreadable(failure)) from None
        except OSError:
            self._hear_early()
            raise Unanswered("connection lost in the content") from None

    async def _stream_data(self) -> None:
        for piece in self._mail.pieces():
            if refusal := check_nul(piece):
                raise BrokenOff("NUL in the content", refusal)
            self._machine.content(piece)
            await self._drain()
            self._hear_early()
        self._machine.end_content()

    async def _stream_counted(self) -> None:
        unanswered = 0
        for piece in self._mail.pieces():
            self._machine.chunk(piece, is_last=False)
            await self._drain()
            unanswered += 1
            if unanswered > 1:
                await self._hear_chunk()
                unanswered -= 1
        for _ in range(unanswered):
            await self._hear_chunk()
        self._machine.chunk(b"", is_last=True)

    async def _drain(self) -> None:
        session = self._session
        await session.link.drain(session.loop.time() + session.limits.block_s)

    async def _hear_chunk(self) -> None:
        reply = await self._session.answer(Verb.BDAT, self._session.limits.block_s)
        if reply.code >= 400:
            self._break_off(reply)

    def _hear_early(self) -> None:
        """Take an answer that comes before the end of the content."""
        event = self._machine.next_event()
        if isinstance(event, Replied):
            self._break_off(event.reply)

    def _break_off(self, reply: RemoteReply) -> None:
        outcome = judge_reply(reply.code, reply.lines, self._session.host.name)
        raise BrokenOff("refused in the middle of the content", outcome)
