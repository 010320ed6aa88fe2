"""One mail transaction: from MAIL to the answer to its end of data.

Theory:
    Facts are gathered as they come (reverse-path, recipients with their users, body);
    at the end everything that may have changed meanwhile is looked at again, and the
    envelope and body become one spool entry. What is refused is a value
    (`base.result`); the session puts it into words.

Rules:
    A recipient named twice, under whatever alias, is one recipient with one copy; of
    what is to be heard of it nothing is lost (`policy.grants`).
    250 is said after the spool has the message durably (TRUST D1), never before.
    A box that became full meanwhile refuses a message that is for it alone; among
    several recipients it takes one message too many instead (DECISIONS 20).
    What counts for a box is the message as it was sent, before anybody looks for
    viruses and again afterwards: the sender's answer does not depend on what is found,
    nobody looks at what is refused anyway, and the rest of a message whose infected
    part is dropped (`policy.virus`) takes less, never more, than there was room for.

Standards:
    RFC 5321 §3.3, §4.1.1; RFC 2033 §4.2 (LMTP answers each recipient).
"""

import asyncio
import time
from collections.abc import Awaitable

from mailmax.base.address import Address
from mailmax.base.envelope import Client, Envelope, Origin, Recipient, Wishes
from mailmax.base.errors import Failure
from mailmax.base.ids import NOBODY, UserId
from mailmax.base.result import Accepted, Decision, Deferral, Reason, Refusal
from mailmax.hub.contract.rows import UserRow
from mailmax.hub.entrance import Entrance
from mailmax.policy import quota
from mailmax.policy.grants import judge_notices, merge
from mailmax.policy.recipients import resolve
from mailmax.policy.relay import Case, decide
from mailmax.policy.sender import recipient_kind
from mailmax.smtpmax.body import Body
from mailmax.smtpmax.received import Arrival, received_line, return_path
from mailmax.smtpmax.room import Room
from mailmax.smtpmax.scanning import Scan
from mailmax.smtpmax.sending import judge_senders, reads_authors
from mailmax.smtpmax.unfiled_mail import Unfiled
from mailmax.smtpmax.virus_check import VirusCheck
from mailmax.smtpmax.wishes import is_too_late
from mailmax.store.spool.port import BigBody, Entry
from mailmax.wire.smtp.commands import MailFrom, RcptTo

_YES = Accepted()
_SUSPENDED = Deferral(Reason.SERVICE_SUSPENDED)
_LOOPS = Refusal(Reason.TOO_MANY_HOPS)
_TOO_LARGE = Refusal(Reason.MESSAGE_TOO_LARGE)
_HUB_AWAY = Deferral(Reason.HUB_AWAY)
_NO_ROOM = Deferral(Reason.STORAGE_FULL)
_STORE_TROUBLE = Deferral(Reason.STORE_TROUBLE)
_BEHIND = Deferral(Reason.FILER_BEHIND)
_TOO_LATE = Refusal(Reason.TOO_LATE)


def may_begin(room: Room, size: int) -> Decision:
    """Decide whether a message of that size could be taken now (asked at MAIL)."""
    limit = system_limit(room)
    if size > limit:
        return _TOO_LARGE
    if not room.hub.may_serve:
        return _HUB_AWAY
    spool = room.commits.spool
    if spool.lag > room.options.lag_limit_octets:
        return _BEHIND
    octets = size or limit
    try:
        has_room = spool.has_room(octets) and room.usage.has_room(octets)
    except Failure:
        return _STORE_TROUBLE
    return _YES if has_room else _NO_ROOM


def system_limit(room: Room) -> int:
    """Return the largest message that anybody takes."""
    return quota.effective_limit(int(room.hub.tables.setting("message_limit_octets")))


class Transaction:
    """What is known of one message."""

    __slots__ = (
        "_by_key",
        "_default_domain",
        "_usage",
        "_users",
        "binding_id",
        "body",
        "case",
        "check",
        "mail",
        "mail_id",
        "recipients",
        "room",
        "sender_id",
        "trap",
        "wishes",
    )

    def __init__(
        self,
        room: Room,
        mail: MailFrom,
        case: Case,
        entrance: Entrance,
        sender_id: int = 0,
    ) -> None:
        """Begin with MAIL.

        Args:
            room: What all sessions share.
            mail: What was said.
            case: What is known of the client.
            entrance: The door that it came by.
            sender_id: As which user it sends; 0: nobody's.
        """
        self.sender_id = sender_id
        self.room = room
        self._default_domain = entrance.default_domain
        self.mail = mail
        self.case = case
        self.binding_id = entrance.binding_id
        self.trap = ""
        """Address of a spam trap among the recipients."""
        self.recipients: list[Recipient] = []
        """One for each RCPT that was accepted, in their order."""
        self._by_key: dict[str | int, Recipient] = {}
        self._users: dict[int, UserRow] = {}
        self._usage: dict[int, int] = {}
        self.mail_id = room.next_mail_id()
        self.body: Body | None = None
        self.check = VirusCheck(room, sender_id)
        """For viruses."""
        self.wishes: Wishes | None = None
        """What is granted of what was asked for at MAIL."""

    def add(self, rcpt: RcptTo) -> Decision:
        """Take one more recipient, or say why not."""
        address = rcpt.forward_path
        room = self.room
        hub = room.hub
        if not hub.may_serve:
            return _HUB_AWAY
        tables = hub.tables
        domain = tables.domain(address.domain or self._default_domain)
        if domain is not None and "smtp" in domain.suspended:
            return _SUSPENDED
        row = resolve(
            tables,
            address,
            self._default_domain,
            str(tables.setting("postmaster")),
        )
        decision = decide(self.case, recipient_kind(row))
        if not isinstance(decision, Accepted):
            return decision
        if isinstance(row, UserRow):
            return self._add_user(rcpt, row)
        # Elsewhere case may matter in a local part (RFC 5321 §2.4).
        full = str(address)
        return self._take(full, _recipient(full, NOBODY, rcpt))

    def _add_user(self, rcpt: RcptTo, row: UserRow) -> Decision:
        decision = self._fits(row, self.mail.size)
        if isinstance(decision, Accepted):
            self._users[row.user_id] = row
            if row.kind == "trap":
                self.trap = row.address
            address = rcpt.forward_path
            named = address.domain or self._default_domain
            full = str(Address(address.local, named))
            return self._take(row.user_id, _recipient(full, row.user_id, rcpt))
        return decision

    def _take(self, key: str | int, recipient: Recipient) -> Decision:
        is_ours = self.case.is_known or self.case.access.is_spared
        others = (one for known, one in self._by_key.items() if known != key)
        decision = judge_notices(recipient, others, is_ours=is_ours)
        if not isinstance(decision, Accepted):
            return decision
        known = self._by_key.setdefault(key, recipient)
        if known.notify != recipient.notify:
            self._by_key[key] = merge(known, recipient)
        self.recipients.append(recipient)
        return _YES

    def _fits(self, row: UserRow, octets: int) -> Decision:
        own = row.message_limit_octets
        if own and octets > own:
            return _TOO_LARGE
        if not row.box_limit_octets:
            return _YES
        try:
            usage = self.room.usage.usage(UserId(row.user_id), row.home)
        except Failure:
            return _STORE_TROUBLE
        held = self.room.unfiled.held(row.user_id, usage.octets)
        self._usage[row.user_id] = usage.octets
        return quota.fits_box(row.box_limit_octets, held, octets)

    def start_body(self, arrival: Arrival, hostname: str) -> None:
        """Let the content come, behind our own two lines, by that name."""
        room = self.room
        recipients = self.recipients
        alone = recipients[0].address if len(recipients) == 1 else ""
        priority = 0 if self.wishes is None else self.wishes.priority
        head = return_path(self.mail.reverse_path) + received_line(
            arrival, hostname, self.mail_id, alone, priority
        )
        self.body = Body(
            room.commits.spool,
            head,
            system_limit(room),
            int(room.hub.tables.setting("max_hops")),
            reads_authors=reads_authors(room, self.case),
        )
        self.check.begin(self._by_key.values(), head)

    def take(self, content: bytes) -> Awaitable[None] | None:
        """Take some content; what is returned must be awaited before the next."""
        body, scan = self.body, self.check.scan
        if body is None:
            return None
        must_flush = body.add(content)
        must_push = scan is not None and scan.add(content)
        if must_push and scan is not None:
            return _flush_and_push(body if must_flush else None, scan)
        return body.flush() if must_flush else None

    # The end of data

    def judge(self) -> Decision:
        """Decide on the whole message, before anything is promised."""
        body = self.body
        room = self.room
        if body is None or body.is_too_large:
            return _TOO_LARGE
        if body.loops:
            return _LOOPS
        if self.wishes is not None and is_too_late(self.wishes, time.time()):
            return _TOO_LATE
        if not room.hub.may_serve:
            return _HUB_AWAY
        if room.commits.spool.lag > room.options.lag_limit_octets:
            return _BEHIND
        return judge_senders(room, self.case, self.binding_id, *body.authors)

    @property
    def size(self) -> int:
        """Octets of content that have come."""
        return 0 if self.body is None else self.body.size

    def judge_each(self) -> list[Decision]:
        """Decide on each recipient again, now that the size is known."""
        return [self._judge_box(recipient) for recipient in self.recipients]

    def _judge_box(self, recipient: Recipient) -> Decision:
        row = self._users.get(recipient.user_id)
        if row is None or self.body is None:
            return _YES
        return self._fits(row, self.body.octets)

    def commit(
        self, client: Client, unix_ms: int, refused: frozenset[int] = frozenset()
    ) -> "asyncio.Future[Origin]":
        """Ask the spool to make the message durable.

        Args:
            client: Who handed it in.
            unix_ms: When.
            refused: Users that get no copy: LMTP has refused them.
        """
        body = self.body
        if body is None:
            raise RuntimeError("no body was received")
        recipients = tuple(
            recipient
            for recipient in self._by_key.values()
            if recipient.user_id not in refused or recipient.user_id == NOBODY
        )
        mail = self.mail
        reverse_path = mail.reverse_path
        entry = Entry(
            Envelope(
                reverse_path="" if reverse_path is None else str(reverse_path),
                recipients=recipients,
                received_at_ms=unix_ms,
                client=client,
                body_type=mail.body_type,
                smtputf8=mail.smtputf8,
                return_path_octets=body.head.find(b"\n") + 1,
                wishes=self.wishes,
                facts=self.check.facts(recipients),
            ),
            chunks=() if body.big is not None else body.chunks,
            big=body.big,
        )
        octets = body.octets
        self.body = None  # the spool's from now on
        return self._ask(entry, octets, [r.user_id for r in recipients if r.user_id])

    def _ask(
        self, entry: Entry, octets: int, user_ids: list[int]
    ) -> "asyncio.Future[Origin]":
        limited = [uid for uid in user_ids if self._users[uid].box_limit_octets]
        room = self.room
        unfiled = room.unfiled
        for user_id in limited:
            unfiled.reserve(user_id, self._usage[user_id], octets)
        future = room.commits.commit(entry)
        if entry.big is not None:
            big = entry.big
            future.add_done_callback(lambda done: _discard_if_failed(done, big))
        if limited:
            future.add_done_callback(
                lambda done: _account(unfiled, done, octets, limited)
            )
        return future

    def discard(self) -> None:
        """Let go of what has come."""
        self.check.discard()
        body, self.body = self.body, None
        if body is not None:
            body.discard()


async def _flush_and_push(body: Body | None, scan: Scan) -> None:
    if body is not None:
        await body.flush()
    await scan.push()


def _recipient(address: str, user_id: int, rcpt: RcptTo) -> Recipient:
    return Recipient(address, user_id, "", rcpt.notify, rcpt.original)


def _account(
    unfiled: Unfiled, done: "asyncio.Future[Origin]", octets: int, users: list[int]
) -> None:
    """Keep or release what was reserved."""
    if done.cancelled() or done.exception() is not None:
        unfiled.release(octets, users)
    else:
        unfiled.keep(done.result().number, octets, users)


def _discard_if_failed(done: "asyncio.Future[Origin]", big: BigBody) -> None:
    """Let go of a streamed body that no record refers to."""
    if done.cancelled() or done.exception() is not None:
        big.discard()
