"""What one client must pass: at the door, at MAIL, at RCPT, at the end of a message.

Theory:
    The session says when; here the decisions of one moment are put in their order.
    The cheapest and plainest come first, so a client hears of what it can change.

Manual: 4.3, 5.4.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from mailmax.base.address import Address
from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal
from mailmax.base.units import MINUTE_S
from mailmax.hub.contract.visitors import TarpitHit
from mailmax.hub.entrance import Entrance
from mailmax.hub.porter import binding_of
from mailmax.net.conversation import Conversation
from mailmax.policy.access import PERMITTED, Access
from mailmax.policy.relay import Case, judge_sender
from mailmax.policy.tarpit import key_of
from mailmax.smtpmax import replies
from mailmax.smtpmax.inquiries import Inquiry
from mailmax.smtpmax.limits import Tally
from mailmax.smtpmax.recipient_check import wants_check
from mailmax.smtpmax.room import Room
from mailmax.smtpmax.sending import LMTP_ACCESS, case_of, judge_senders, sender_of
from mailmax.smtpmax.transaction import Transaction, may_begin
from mailmax.smtpmax.vrfy import verify
from mailmax.smtpmax.wishes import judge_asked, wishes_of
from mailmax.wire.smtp.commands import MailFrom, RcptTo
from mailmax.wire.smtp.replies import CANNOT_VERIFY, Reply
from mailmax.wire.smtp.states import Mode

_YES = Accepted()
_TARPITTED = Refusal(Reason.TARPITTED)


class Gate:
    """The gate as one client meets it."""

    __slots__ = (
        "_binding_id",
        "_entrance",
        "_inquiry",
        "_mode",
        "_peer",
        "_room",
        "_tally",
        "access",
    )

    def __init__(self, room: Room, mode: Mode, entrance: Entrance) -> None:
        """Prepare.

        Args:
            room: What all sessions share.
            mode: Of the port.
            entrance: The door that the client came by.
        """
        self.access: Access = PERMITTED
        """What the filters say of the client."""
        self._room = room
        self._entrance = entrance
        self._mode = mode
        self._tally = Tally(room)
        self._binding_id = 0
        self._peer = ""
        self._inquiry: Inquiry = _YES

    def meet(self, conversation: Conversation) -> Reply | None:
        """Look at a client that has come; return why it must go."""
        access = self._room.options.meet(conversation)
        if access.is_banned:
            return replies.BANNED
        self._binding_id = binding_of(conversation)
        self._peer = conversation.peer
        self.access = LMTP_ACCESS if self._mode is Mode.LMTP else access
        if self._may_be_kept_out and self._room.hub.tables.visitors.tarpit.is_blocked(
            key_of(self._peer), time.monotonic()
        ):
            return replies.TARPITTED
        if self._mode is Mode.RELAY:
            inquiries = self._room.inquiries
            self._inquiry = inquiries.begin(self._peer, self.access)
        return None

    def begin(self, mail: MailFrom, user_id: int) -> Transaction | Refusal | Deferral:
        """Let a transaction begin, or say why not.

        Args:
            mail: What was said.
            user_id: Who logged in; 0: nobody.
        """
        room = self._room
        path = mail.reverse_path
        case = case_of(room, self.access, self._mode, user_id, path, self._peer)
        sender_id = sender_of(room, case, user_id, path)
        decision = may_begin(room, mail.size)
        if isinstance(decision, Accepted) and self._is_counted(case):
            decision = self._tally.may_begin(mail.size, sender_id)
        if isinstance(decision, Accepted):
            decision = judge_sender(case)
        if isinstance(decision, Accepted):
            decision = judge_senders(room, case, self._binding_id, path)
        if not isinstance(decision, Accepted):
            return decision
        begun = Transaction(room, mail, case, self._entrance, sender_id)
        if mail.asked is None:
            return begun
        now_s = time.time()
        decision = judge_asked(mail.asked, now_s, room.longest_hold_s)
        if not isinstance(decision, Accepted):
            return decision
        is_ours = case.is_known or self.access.is_exempt
        begun.wishes = wishes_of(mail.asked, now_s, is_ours=is_ours)
        return begun

    def judge_domain(self, begun: Transaction) -> Decision | Awaitable[Decision]:
        """Decide on the domain of a reverse-path, now or when it is known."""
        room = self._room
        path = begun.mail.reverse_path
        tables = room.hub.tables
        if (
            path is None
            or self._mode is not Mode.RELAY
            or not tables.setting("sender_domain_needed")
            or self.access.is_spared
            or begun.case.is_known
            or path.domain.startswith("[")
            or tables.domain(path.domain or self._entrance.default_domain) is not None
        ):
            return _YES
        known = room.inquiries.domain(path.domain)
        return room.inquiries.ask_domain(path.domain) if known is None else known

    def judge_client(self, transaction: Transaction) -> Decision | Awaitable[Decision]:
        """Decide on what the DNS says of the client, now or when it is known."""
        inquiry = self._inquiry
        if transaction.case.is_known:
            return _YES
        if isinstance(inquiry, asyncio.Task):
            if not inquiry.done():
                return asyncio.shield(inquiry)
            inquiry = self._inquiry = inquiry.result()
        return inquiry

    def check(
        self, transaction: Transaction, rcpt: RcptTo, so_far: Decision
    ) -> Decision | Awaitable[Decision]:
        """Ask the better server of a domain for a recipient, where that is wished."""
        room = self._room
        address = rcpt.forward_path
        name = address.domain or self._entrance.default_domain
        domain = room.hub.tables.domain(name)
        if (
            domain is None
            or not isinstance(so_far, Accepted)
            or not wants_check(domain, transaction.case)
        ):
            return so_far
        return room.recipient_checks.ask(domain, str(Address(address.local, name)))

    def admit(
        self, transaction: Transaction, rcpt: RcptTo, so_far: Decision
    ) -> Decision:
        """Take one more recipient, or say why not.

        Args:
            transaction: Whose recipient it would be.
            rcpt: What was said.
            so_far: What was decided on it already.
        """
        decision = so_far
        if isinstance(so_far, Accepted):
            decision = transaction.add(rcpt)
        if (
            isinstance(decision, Refusal)
            and decision.reason is Reason.UNKNOWN_USER
            and self._may_be_kept_out
            and not transaction.case.is_known
            and self._is_one_too_many()
        ):
            return _TARPITTED
        return decision

    def _is_counted(self, case: Case) -> bool:
        """Our own, and other systems of the cluster, bring as much as there is."""
        return self._mode is not Mode.LMTP and not case.is_from_member

    @property
    def _may_be_kept_out(self) -> bool:
        """Whoever is trusted, and ports where one logs in first, have no tarpit."""
        return (
            self._mode is Mode.RELAY
            and not self.access.is_spared
            and bool(self._room.hub.tables.setting("tarpit_on"))
        )

    def _is_one_too_many(self) -> bool:
        """Count a recipient that does not exist; at the trigger keep the client out."""
        hub = self._room.hub
        key, now = key_of(self._peer), time.monotonic()
        tarpit = hub.tables.visitors.tarpit
        if not tarpit.refused(key, now, hub.tables.setting("tarpit_recipients")):
            return False
        tarpit.block(key, now + hub.tables.setting("tarpit_minutes") * MINUTE_S)
        hub.tell(TarpitHit(key))
        return True

    def verify(self, text: str, user_id: int) -> Reply:
        """Answer VRFY: with what is known, to who may know it (DECISIONS 29)."""
        may_know = bool(user_id) or self.access.is_exempt
        tables = self._room.hub.tables
        if not (may_know and tables.setting("vrfy")):
            return CANNOT_VERIFY
        return verify(tables, text, self._entrance.default_domain)

    def end(self, transaction: Transaction) -> Decision:
        """Decide on a message that has come, as far as the connection goes."""
        if not self._is_counted(transaction.case):
            return _YES
        return self._tally.judge(transaction.size, transaction.sender_id)

    def taken(self) -> None:
        """A message is about to be committed."""
        self._tally.messages += 1


def then(
    judged: Decision | Awaitable[Decision],
    act: Callable[[Decision], Awaitable[None] | None],
) -> Awaitable[None] | None:
    """Act on a decision, now or when it is known."""
    if isinstance(judged, Decision):
        return act(judged)
    return _later(judged, act)


async def _later(
    judged: Awaitable[Decision], act: Callable[[Decision], Awaitable[None] | None]
) -> None:
    rest = act(await judged)
    if rest is not None:
        await rest
