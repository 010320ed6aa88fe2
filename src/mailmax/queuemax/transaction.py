"""One message on a greeted connection: MAIL, recipients, DATA, content, answer.

Rules:
    Every recipient ends with an outcome. Delivered is who was accepted and whose
    content was answered with 2yz, read as a whole (TRUST D4).

Standards:
    RFC 5321 §3.3, §4.5.3.1.10 (too many recipients), RFC 2920 §3.1 (a 354 although
    nobody was accepted: send nothing).
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from mailmax.base.errors import Failure
from mailmax.base.pieces import pieces
from mailmax.net.link import Link
from mailmax.policy.offers import check_nul, spell_address
from mailmax.policy.outcome import (
    Outcome,
    Result,
    judge_rcpt,
    judge_reply,
    transient,
)
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.peers import Host, TimeLimits
from mailmax.queuemax.sent import Sent, Unanswered, unreadable
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
        """Return the answer to the oldest unanswered command."""

    def lost(self, lost: Unanswered) -> Outcome:
        """Give the connection up; return what that means to recipients."""


class Transaction:
    """One MAIL to its end."""

    def __init__(self, session: Greeted, mail: Mail, content: bytes | None) -> None:
        self._session = session
        self._machine = session.machine
        self._host = session.host.name
        self._mail = mail
        self._content = content
        self._outcomes: list[Outcome | None] = [None] * len(mail.targets)
        self._is_doubtful = False
        self._is_unheard = True

    async def run(self) -> Sent:
        """Send it; never raises."""
        paths = self._spell()
        if isinstance(paths, Outcome):
            return Sent([paths] * len(self._outcomes))
        named = [(index, path) for index, path in paths if path]
        again: list[int] = []
        if named:
            try:
                await self._converse(named)
            except Unanswered as lost:
                self._settle_rest(self._session.lost(lost))
            again = self._too_many()
        none_left = transient("4.4.2", "connection lost", self._host)
        outcomes = [outcome or none_left for outcome in self._outcomes]
        is_unheard = self._is_unheard and bool(named)
        return Sent(outcomes, self._is_doubtful, is_unheard, again)

    def _spell(self) -> list[tuple[int, str]] | Outcome:
        offers = self._machine.offers
        reverse_path = spell_address(self._mail.envelope.reverse_path, offers)
        if isinstance(reverse_path, Outcome):
            return reverse_path
        self._reverse_path = reverse_path
        paths = []
        for index, target in enumerate(self._mail.targets):
            path = spell_address(target.address, offers)
            if isinstance(path, Outcome):
                self._outcomes[index] = path
            else:
                paths.append((index, path))
        return paths

    async def _converse(self, named: Sequence[tuple[int, str]]) -> None:
        machine = self._machine
        answer = self._session.answer
        if self._session.needs_reset:
            machine.rset()
        is_ascii = self._reverse_path.isascii() and all(p.isascii() for _, p in named)
        machine.mail(
            self._reverse_path,
            self._mail.size,
            eight_bit=self._mail.envelope.body_type != "7BIT",
            smtputf8=self._mail.envelope.smtputf8 or not is_ascii,
        )
        for _, path in named:
            machine.rcpt(path)
        machine.data()
        if self._session.needs_reset:
            await answer(Verb.RSET)
        self._session.needs_reset = True
        reply = await answer(Verb.MAIL)
        self._is_unheard = False
        refused = None
        if reply.code >= 400:
            refused = judge_reply(reply.code, reply.lines, self._host)
            self._settle_rest(refused)
        accepted = await self._hear_recipients(named)
        if not accepted and machine.take_back_data():
            return
        await self._send_content(bool(accepted))

    async def _hear_recipients(self, named: Sequence[tuple[int, str]]) -> int:
        """Hear the answers to RCPT; a refused MAIL has settled them before."""
        accepted = 0
        for index, _ in named:
            if not self._machine.is_usable:
                raise Unanswered("the server closed the connection")
            reply = await self._session.answer(Verb.RCPT)
            if self._outcomes[index] is not None:
                continue
            if reply.code < 300:
                accepted += 1
            else:
                self._outcomes[index] = judge_rcpt(reply.code, reply.lines, self._host)
        return accepted

    async def _send_content(self, is_wanted: bool) -> None:  # noqa: FBT001
        session, machine = self._session, self._machine
        limits = session.limits
        if not machine.is_usable:
            raise Unanswered("the server closed the connection")
        reply = await session.answer(Verb.DATA, limits.data_s)
        if reply.code != 354:
            self._settle_rest(judge_reply(reply.code, reply.lines, self._host))
            return
        if not is_wanted:  # RFC 2920 §3.1: nobody is left, send nothing
            machine.message(b"")
        elif self._content is not None:
            machine.message(self._content)
        else:
            await self._stream()
        self._is_doubtful = is_wanted
        reply = await session.answer(Verb.CONTENT, limits.end_s)
        self._is_doubtful = False
        session.needs_reset = False
        self._settle_rest(judge_reply(reply.code, reply.lines, self._host))

    async def _stream(self) -> None:
        """Send a large message piece by piece, until the server has heard enough."""
        session, machine, mail = self._session, self._machine, self._mail
        try:
            for offset, length in pieces(0, mail.size):
                piece = mail.read(offset, length)
                if refusal := check_nul(piece):
                    self._settle_rest(refusal)
                    raise Unanswered("broken off: NUL in the content")
                machine.content(piece)
                deadline = session.loop.time() + session.limits.block_s
                await session.link.drain(deadline)
                self._hear_early()
        except Failure as failure:
            self._settle_rest(unreadable(failure))
            raise Unanswered(failure.text) from None
        except OSError:
            self._hear_early()
            raise Unanswered("connection lost in the content") from None
        machine.end_content()

    def _hear_early(self) -> None:
        """Take an answer that comes before the end of the content."""
        event = self._machine.next_event()
        if isinstance(event, Replied):
            reply = event.reply
            self._settle_rest(judge_reply(reply.code, reply.lines, self._host))
            raise Unanswered("refused in the middle of the content")

    def _settle_rest(self, outcome: Outcome) -> None:
        """Give an outcome to all that have none."""
        self._outcomes = [found or outcome for found in self._outcomes]

    def _too_many(self) -> list[int]:
        """Return recipients for another transaction: those the server had no room for.

        Refs:
            RFC 5321 §4.5.3.1.10.
        """
        delivered = any(o and o.result is Result.DELIVERED for o in self._outcomes)
        if not delivered:
            return []
        return [
            index
            for index, outcome in enumerate(self._outcomes)
            if outcome is not None and outcome.code == 452
        ]
