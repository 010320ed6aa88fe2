"""Automatic answers of users, and of rules, to what has just come (USR-6, RUL-3).

Theory:
    For users with the flag, or for whom such a rule fired, alone: the header is read,
    `message.autoreply` says whether it may be answered, To or Cc must name the user,
    `policy.replies` says whether there were too many, and the user's mailboxes remember
    who was answered lately, by the user's own answer and by each rule.

Rules:
    A replay answers the same with the same origin: nobody is answered twice for one
    message. A memory that cannot be written answers nobody and holds up nothing.

Standards:
    RFC 3834. The reverse-path is null, the answer goes to the envelope's sender.

Manual: 7.3; DECISIONS 26.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailmax.base.address import Address, lower_ascii, parse_address
from mailmax.base.envelope import Envelope, Origin
from mailmax.base.errors import Failure, StorageFull
from mailmax.base.ids import UserId
from mailmax.base.units import DAY_S
from mailmax.filer import own_mail
from mailmax.filer.directory import Directory
from mailmax.filer.own_mail import Letter
from mailmax.filer.whole import derived_origin
from mailmax.filer.workflow import Plan
from mailmax.hub.contract.rows import MOVING, ReplyRow, UserRow
from mailmax.message import autoreply
from mailmax.message.autoreply import Answer, Original
from mailmax.policy.replies import Budget
from mailmax.store.mailboxes.delivery import Deed
from mailmax.store.mailboxes.port import Store
from mailmax.store.spool.port import Record

_log = logging.getLogger("mailmax.filer")


class Wish(NamedTuple):
    """An answer that somebody would give."""

    user: UserRow
    row: ReplyRow
    rule_id: int = 0
    """Of the rule that says so; 0: the user's own answer."""
    is_for_many: bool = False
    """The rule is not the user's: it may answer from another address here."""

    @property
    def name(self) -> str:
        """What tells it from the user's other answers."""
        return f"answer rule {self.rule_id}" if self.rule_id else "answer"


class Autoresponder:
    """Answers for users."""

    def __init__(self, store: Store, directory: Directory) -> None:
        """Begin with a full budget.

        Args:
            store: Where it is remembered who was answered.
            directory: The hub's tables.
        """
        self._store = store
        self._directory = directory
        self._budget = Budget()

    def own(self, users: Sequence[UserRow]) -> Iterator[Wish]:
        """Yield what users with the flag `REPLIES` would answer."""
        for user in users:
            row = self._directory.reply_of(user.user_id)
            if row is not None:
                yield Wish(user, row)

    def answer(
        self, record: Record, body: bytes | memoryview, wishes: Sequence[Wish]
    ) -> list[Plan]:
        """Answer a message for those who may.

        Args:
            record: The message.
            body: Its octets.
            wishes: Of users it has come for.

        Raises:
            StorageFull: The disk is full.
        """
        envelope = record.envelope
        start = envelope.return_path_octets
        original = autoreply.read(bytes(body[start : start + autoreply.HEADER_OCTETS]))
        if not autoreply.may_answer(original, envelope.reverse_path):
            return []
        named = self._named(original)
        return [
            self._write(wish, original, record)
            for wish in wishes
            if wish.user.user_id in named and self._may(wish, envelope, record.origin)
        ]

    def _named(self, original: Original) -> set[int]:
        """Return the users whose addresses stand in To and Cc."""
        owners = [
            self._directory.holder_of(Address(local, lower_ascii(domain)))
            for local, domain in original.addressed
        ]
        return {owner.user_id for owner in owners if owner is not None}

    def _may(self, wish: Wish, envelope: Envelope, origin: Origin) -> bool:
        user, row = wish.user, wish.row
        if user.flags & MOVING:  # there is no place to remember it in just now
            return False
        sender = lower_ascii(envelope.reverse_path)
        owner = self._directory.holder_of(parse_address(sender))
        if owner is not None and owner.user_id == user.user_id:
            return False
        at_s = envelope.received_at_ms / 1000
        if not self._budget.allows(at_s, user.user_id, sender):
            _log.warning("%s answers too often; %s is not", user.address, sender)
            return False
        what = f"{wish.name} {sender}".encode()
        deed = Deed(what, at_s, row.every_days * DAY_S, origin)
        try:
            is_new = self._store.once(UserId(user.user_id), user.home, deed)
        except StorageFull:
            raise
        except Failure as failure:
            _log.error("%s does not answer: %s", user.address, failure.text)
            return False
        if is_new:
            self._budget.spend(at_s, user.user_id, sender)
        return is_new

    def _write(self, wish: Wish, original: Original, record: Record) -> Plan:
        user, row = wish.user, wish.row
        envelope = record.envelope
        purpose = f"{wish.name} {user.user_id}".encode()
        origin = derived_origin(record.origin, purpose)
        sender = row.from_address or user.address
        owner = self._directory.holder_of(parse_address(sender))
        is_another = owner is not None and owner.user_id != user.user_id
        if owner is None or (is_another and not wish.is_for_many):
            sender = user.address  # an alias that was taken away since
        text = autoreply.write(
            Answer(
                from_address=sender,
                real_name=row.real_name,
                to=envelope.reverse_path,
                subject=row.subject,
                text=row.text,
                at_s=envelope.received_at_ms // 1000,
                token=f"{origin.journal.hex()}{origin.number}",
                host=self._directory.hostname(),
                original=original,
            )
        )
        letter = Letter(text, origin, envelope.received_at_ms, user.user_id)
        return own_mail.post(letter, envelope.reverse_path, self._directory)
