"""One message on a greeted connection: MAIL, recipients, content, answer.

Theory:
    What the sender asked for is said where it is offered (`policy.asking`); the
    content leaves as `content` does it, by DATA or counted.

Rules:
    Every recipient ends with an outcome. Delivered is who was accepted and whose
    content was answered with 2yz, read as a whole (TRUST D4).

Standards:
    RFC 5321 §3.3, §4.5.3.1.10 (too many recipients), RFC 2920 §3.1 (a 354 although
    nobody was accepted: send nothing), RFC 3461 §5.2.
"""

from collections.abc import Sequence
from dataclasses import replace

from mailmax.policy.asking import takes_over
from mailmax.policy.offers import spell_address
from mailmax.policy.outcome import (
    Outcome,
    Result,
    judge_rcpt,
    judge_reply,
    transient,
)
from mailmax.queuemax.content import Content, Greeted
from mailmax.queuemax.mail import Mail
from mailmax.queuemax.sent import BrokenOff, Sent, Unanswered
from mailmax.wire.smtp.asking import Asked
from mailmax.wire.smtp.client import Verb
from mailmax.wire.smtp.remote import RemoteReply


class Transaction:
    """One MAIL to its end."""

    def __init__(self, session: Greeted, mail: Mail, content: Content) -> None:
        """Prepare.

        Args:
            session: Greeted, and good for this message.
            mail: For whom.
            content: What is sent.
        """
        self._session = session
        self._machine = session.machine
        self._host = session.host.name
        self._mail = mail
        self._content = content
        self._outcomes: list[Outcome | None] = [None] * len(mail.targets)
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
            except BrokenOff as broken:
                self._settle_rest(broken.outcome)
                self._session.lost(broken)
            except Unanswered as lost:
                self._settle_rest(self._session.lost(lost))
            again = self._too_many()
        none_left = transient("4.4.2", "connection lost", self._host)
        outcomes = [outcome or none_left for outcome in self._outcomes]
        is_unheard = self._is_unheard and bool(named)
        return Sent(outcomes, self._content.is_doubtful, is_unheard, again)

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
        session, content = self._session, self._content
        self._introduce(named)
        if session.needs_reset:
            await session.answer(Verb.RSET)
        session.needs_reset = True
        reply = await session.answer(Verb.MAIL)
        self._is_unheard = False
        if reply.code >= 400:
            self._settle_rest(judge_reply(reply.code, reply.lines, self._host))
        accepted = await self._hear_recipients(named)
        if not accepted and content.take_back():
            return
        if not self._machine.is_usable:
            raise Unanswered("the server closed the connection")
        reply = await content.send(is_wanted=bool(accepted))
        self._settle(await self._hear_each(reply))

    def _introduce(self, named: Sequence[tuple[int, str]]) -> None:
        """Say everything that needs no answer first."""
        machine, mail = self._machine, self._mail
        if self._session.needs_reset:
            machine.rset()
        machine.mail(self._reverse_path, self._ask(named))
        for index, path in named:
            machine.rcpt(path, mail.targets[index].recipient)
        self._content.announce()

    def _ask(self, named: Sequence[tuple[int, str]]) -> Asked:
        mail = self._mail
        envelope = mail.envelope
        is_ascii = self._reverse_path.isascii() and all(p.isascii() for _, p in named)
        is_wide = envelope.smtputf8 or not is_ascii
        wishes = envelope.wishes
        if wishes is None:
            return Asked(mail.size, self._content.body, is_wide)
        by_s = mail.seconds_left(self._session.loop.time())
        return Asked(mail.size, self._content.body, is_wide, wishes, by_s)

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

    async def _hear_each(self, reply: RemoteReply) -> RemoteReply:
        """Take the answers for single recipients; return the last one, for the rest.

        Refs:
            RFC 2033 §4.2 (LMTP); in SMTP the first is the last.
        """
        session = self._session
        for index, outcome in enumerate(self._outcomes):
            if outcome is None and self._machine.answers_owed:
                self._outcomes[index] = self._judge(reply)
                reply = await session.answer(Verb.CONTENT, session.limits.end_s)
        return reply

    def _settle(self, reply: RemoteReply) -> None:
        """Take the last answer: it is about everybody who has none."""
        self._settle_rest(self._judge(reply))

    def _judge(self, reply: RemoteReply) -> Outcome:
        outcome = judge_reply(reply.code, reply.lines, self._host)
        if outcome.result is not Result.DELIVERED:
            return outcome
        is_told_on = takes_over(self._machine.offers)
        is_final = self._session.host.is_lmtp
        return replace(outcome, is_told_on=is_told_on, is_final=is_final)

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
