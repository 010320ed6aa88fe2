"""One client of SMTPMax: events carried out on its transaction.

Theory:
    The machine lets through only what is legal now, so an arm here is: gather facts,
    let policy decide, do, say. At the end of a message the answer waits for the
    spool: no task waits with it, the commit's own future wakes the conversation.
    Greeting, login and farewell stand in `line`.

Rules:
    A refused command leaves nothing behind: whatever ends a transaction discards it
    (TRUST A9). An answer is owed while a message is being committed; neither a
    time-out nor a shutdown gets in between (TRUST D11).

Standards:
    RFC 5321 §4.1.1, RFC 6409, RFC 2033.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence

from mailmax.base.envelope import Client, Origin
from mailmax.base.errors import Failure, TemporaryFailure
from mailmax.base.result import Accepted, Decision, Deferral, Refusal
from mailmax.observe.dialogue import Dialogue
from mailmax.smtpmax import replies
from mailmax.smtpmax.body import Body
from mailmax.smtpmax.gate import then
from mailmax.smtpmax.limits import count_today, is_counted
from mailmax.smtpmax.line import Line
from mailmax.smtpmax.received import Arrival, protocol_word
from mailmax.smtpmax.telling import tell_decision, tell_mail
from mailmax.smtpmax.transaction import Transaction
from mailmax.smtpmax.traps import report_trap
from mailmax.smtpmax.verdict import judge_message, refused_users
from mailmax.smtpmax.wishes import accepted_reply
from mailmax.wire.smtp import commands
from mailmax.wire.smtp.replies import RECIPIENT_OK, SENDER_OK, Reply
from mailmax.wire.smtp.states import Mode

Pending = Awaitable[None] | None


class SmtpSession(Line):
    """The room's side of one client."""

    __slots__ = ()

    def on_event(self, event: commands.Event) -> Pending:  # noqa: C901, PLR0911 - an arm each
        """Carry one event out."""
        if self.dialogue is not None:
            self._watch(self.dialogue, event)
        match event:
            case commands.Content():
                return self._take(event.octets)
            case commands.RcptTo():
                return self._rcpt(event)
            case commands.MailFrom():
                return self._mail(event)
            case commands.ContentStarted():
                self._start_content()
            case commands.ContentEnded():
                return self._end_content()
            case commands.Hello():
                self._drop_transaction()
                self._helo = event.name
                self.machine.accept_hello(time.time())
            case commands.Reset() | commands.ContentSpoiled():
                self._drop_transaction()
            case commands.LoginAttempt():
                return self._log_in(event.credentials)
            case commands.StartTls():
                return self._start_tls()
            case commands.Verify() | commands.Etrn():
                return self._answer_query(event)
            case commands.Slow():
                return self._wait()
        return None

    def _watch(self, dialogue: Dialogue, event: commands.Event) -> None:
        dialogue.understood()
        if isinstance(event, commands.Content) and self._transaction is not None:
            dialogue.content(self._transaction.mail_id, event.octets)

    def _answer_query(self, query: commands.Verify | commands.Etrn) -> Pending:
        if isinstance(query, commands.Etrn):
            return self._etrn(query)
        self.machine.answer_query(self._gate.verify(query.text, self.user_id))
        return None

    async def _etrn(self, etrn: commands.Etrn) -> None:
        desk = self._room.etrn
        unasked = self._gate.access.is_exempt or self.user_id != 0
        self.machine.answer_query(await desk.start(etrn, may_repeat=unasked))

    # The transaction

    def _mail(self, mail: commands.MailFrom) -> Pending:
        begun = self._gate.begin(mail, self.user_id)
        if not isinstance(begun, Transaction):
            self._decline(begun)
            return None
        judged = self._gate.judge_domain(begun)
        return then(judged, lambda found: self._begin(begun, found))

    def _begin(self, begun: Transaction, decision: Decision) -> None:
        if isinstance(decision, Accepted):
            self._transaction = begun
            self.machine.reply(SENDER_OK)
        else:
            self._decline(decision)

    def _rcpt(self, rcpt: commands.RcptTo) -> Pending:
        judged = self._gate.judge_client(self._open_transaction)
        return then(judged, lambda found: self._check(rcpt, found))

    def _check(self, rcpt: commands.RcptTo, decision: Decision) -> Pending:
        if self._transaction is None:
            return None  # the session ended meanwhile
        checked = self._gate.check(self._transaction, rcpt, decision)
        return then(checked, lambda found: self._admit(rcpt, found))

    def _admit(self, rcpt: commands.RcptTo, decision: Decision) -> None:
        if self._transaction is None:
            return  # the session ended meanwhile
        decision = self._gate.admit(self._transaction, rcpt, decision)
        if isinstance(decision, Accepted):
            self.machine.reply(RECIPIENT_OK)
        else:
            self._decline(decision)

    def _decline(self, decision: Refusal | Deferral) -> None:
        if self.dialogue is not None:
            tell_decision(self.dialogue, decision)
        self.machine.reply(replies.reply_to(decision))

    @property
    def _open_transaction(self) -> Transaction:
        transaction = self._transaction
        if transaction is None:
            raise RuntimeError("the machine promised a transaction")
        return transaction

    # The message

    def _start_content(self) -> None:
        transaction = self._open_transaction
        transaction.start_body(
            Arrival(
                self._helo,
                self._conversation.peer,
                self._protocol(smtputf8=transaction.mail.smtputf8),
                int(time.time()),
            ),
            self.machine.offers.hostname,
        )
        self._conversation.set_idle(self._room.options.data_idle_s)
        self.machine.accept_content()

    def _protocol(self, *, smtputf8: bool) -> str:
        return protocol_word(
            lmtp=self._mode is Mode.LMTP,
            extended=self.machine.extended,
            smtputf8=smtputf8,
            encrypted=self._conversation.encrypted,
            logged_in=self.user_id != 0,
        )

    def _take(self, content: bytes) -> Pending:
        return self._open_transaction.take(content)

    def _end_content(self) -> Pending:
        self._conversation.set_idle(self.command_idle_s)
        body = self._open_transaction.body
        if body is not None and body.finish():
            return self._end_large(body)
        return self._conclude()

    async def _end_large(self, body: Body) -> None:
        await body.flush()
        pending = self._conclude()
        if pending is not None:
            await pending

    def _conclude(self) -> Pending:
        """Judge the whole message, then commit or refuse it."""
        transaction = self._open_transaction
        decision = self._gate.end(transaction)
        if not isinstance(decision, Accepted):
            self._refuse(transaction, decision)
            return None
        refusals = self._judge(transaction)
        if refusals is None:
            return None
        if transaction.check.is_wanted:
            return self._look_and_commit(transaction)
        return self._commit_judged(transaction, refusals)

    def _judge(self, transaction: Transaction) -> Sequence[Reply | None] | None:
        """Return what each recipient is refused with; None: all are, and it is said."""
        refusals = judge_message(transaction)
        answers = [refusal for refusal in refusals if refusal is not None]
        if len(answers) < len(refusals):
            return refusals
        self._answer(answers)
        return None

    async def _look_and_commit(self, transaction: Transaction) -> None:
        """Commit what no virus keeps out.

        Looking takes time, in which other mail may have filled a box: what was judged
        before, so that nobody looks in vain, is judged once more.
        """
        body = transaction.body
        if body is None:
            raise RuntimeError("no body was received")
        case = transaction.case
        is_ours = case.is_known or case.access.is_spared
        decision = await transaction.check.finish(
            body, transaction.mail_id, is_ours=is_ours
        )
        if self._transaction is not transaction:
            return  # the session ended meanwhile
        if not isinstance(decision, Accepted):
            self._refuse(transaction, decision)
            return
        refusals = self._judge(transaction)
        if refusals is None:
            return
        pending = self._commit_judged(transaction, refusals)
        if pending is not None:
            await pending

    def _commit_judged(
        self, transaction: Transaction, refusals: Sequence[Reply | None]
    ) -> Pending:
        if is_counted(self._room, transaction.sender_id):
            return self._commit_counted(transaction, refusals)
        self._commit(transaction, refusals)
        return None

    async def _commit_counted(
        self, transaction: Transaction, refusals: Sequence[Reply | None]
    ) -> None:
        """Commit what the hub has counted, at the last moment (DESIGN 2)."""
        size = transaction.size
        decision = await count_today(self._room, transaction.sender_id, size)
        if self._transaction is not transaction:
            return  # the session ended meanwhile
        if isinstance(decision, Accepted):
            self._commit(transaction, refusals)
        else:
            self._refuse(transaction, decision)

    def _refuse(self, transaction: Transaction, decision: Refusal | Deferral) -> None:
        self._answer([replies.reply_to(decision)] * len(transaction.recipients))

    def _commit(
        self, transaction: Transaction, refusals: Sequence[Reply | None]
    ) -> None:
        client = Client(
            self._conversation.peer,
            self._helo,
            self._protocol(smtputf8=transaction.mail.smtputf8),
            self.user_id,
        )
        refused: frozenset[int] = frozenset()
        if self._mode is Mode.LMTP:
            refused = refused_users(transaction, refusals)
        self._gate.taken()
        octets = transaction.size
        future = transaction.commit(client, int(time.time() * 1000), refused)
        if self.dialogue is not None:
            tell_mail(self.dialogue, transaction, octets, future)
        accepted = accepted_reply(
            transaction.mail_id, transaction.mail.asked, transaction.wishes
        )
        future.add_done_callback(
            lambda done: self._committed(done, accepted, refusals, octets)
        )
        if transaction.trap:
            peer = self._conversation.peer
            future.add_done_callback(lambda done: report_trap(done, transaction, peer))

    def _committed(
        self,
        done: "asyncio.Future[Origin]",
        accepted: Reply,
        refusals: Sequence[Reply | None],
        octets: int,
    ) -> None:
        """Say what became of the message: the spool has answered."""
        failure = done.exception()
        if failure is None:
            self._room.counters.messages_in += 1
            self._room.counters.octets_in += octets
        if failure is not None and not isinstance(failure, Failure):
            failure = TemporaryFailure("the message could not be stored")
        if self.machine.expects_close:
            return
        answer = accepted if failure is None else replies.failure_reply(failure)
        if self._mode is Mode.LMTP:
            self._answer([refusal or answer for refusal in refusals])
        else:
            self._answer([answer])
        self._conversation.wake()

    def _answer(self, answers: Sequence[Reply]) -> None:
        """End the transaction with one answer, or in LMTP one for each recipient."""
        self._drop_transaction()
        if self._mode is Mode.LMTP:
            self.machine.reply_each(answers)
        else:
            self.machine.reply(answers[0])
