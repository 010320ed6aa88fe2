"""Mail that rules bring about: answers to the sender, notes to the user (manual 8.2).

Theory:
    An answer goes the way of all automatic answers (`autoreply`): to whom they may go,
    once a sender and rule in seven days. A note is filed in the user's own INBOX, even
    a full one, and goes no farther: no rule sees it, so no note is about a note.

Rules:
    A file whose text is to be sent must be a plain one, in UTF-8; what cannot be read
    answers nobody and holds up nothing.

Limits:
    16 KiB of a file.

Manual: 8.2.3, 8.2.4, 8.2.5; TRUST K2.
"""

import logging
import os
import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailmax.base.address import parse_address
from mailmax.base.envelope import Recipient
from mailmax.filer import own_mail
from mailmax.filer.autoreply import Wish
from mailmax.filer.directory import Directory
from mailmax.filer.expansion import Copy
from mailmax.filer.own_mail import Letter
from mailmax.filer.whole import derived_origin
from mailmax.filer.workflow import Filing, Plan
from mailmax.hub.contract.rows import ReplyRow, UserRow
from mailmax.message import autoreply, note
from mailmax.policy.rules import action as do
from mailmax.policy.rules.check import REPLY_OCTETS
from mailmax.policy.rules.outcome import Note, Outcome
from mailmax.store.spool.port import Record

EVERY_DAYS = 7
"""How long a sender whom a rule answered is not answered by it again."""

_log = logging.getLogger("mailmax.filer")

Ruled = Sequence[tuple[UserRow, Outcome]]


def by_rules(ruled: Ruled, directory: Directory) -> Iterator[Wish]:
    """Yield the answers that rules would give."""
    for user, outcome in ruled:
        for reply in outcome.replies:
            text = _text_of(reply.action)
            if text:
                action = reply.action
                row = ReplyRow(
                    user.user_id,
                    action.reply_address,
                    action.name,
                    action.subject,
                    text,
                    EVERY_DAYS,
                )
                is_own = _is_own(user, reply.rule_id, directory)
                yield Wish(user, row, reply.rule_id, is_for_many=not is_own)


def notes(
    record: Record, body: bytes | memoryview, ruled: Ruled, directory: Directory
) -> Plan:
    """Plan the notes about a message."""
    start = record.envelope.return_path_octets
    head = bytes(body[start : start + autoreply.HEADER_OCTETS])
    about = autoreply.read(head).message_id
    return Plan(
        [
            _file(user, _Named(one, place), record, about, directory)
            for user, outcome in ruled
            for place, one in enumerate(outcome.notes)
        ]
    )


class _Named(NamedTuple):
    note: Note
    place: int
    """Among those of the user."""


def _file(
    user: UserRow, named: _Named, record: Record, about: bytes, directory: Directory
) -> Filing:
    one = named.note
    purpose = b"note %d rule %d.%d" % (user.user_id, one.rule_id, named.place)
    origin = derived_origin(record.origin, purpose)
    at_ms = record.envelope.received_at_ms
    action = one.action
    sender = action.reply_address or user.address
    if directory.holder_of(parse_address(sender)) is None:
        sender = user.address  # an alias that was taken away since
    text = note.write(
        note.Note(
            from_address=sender,
            real_name=action.name,
            to=user.address,
            subject=action.subject or one.rule_name,
            text=action.text,
            at_s=at_ms // 1000,
            token=f"{origin.journal.hex()}{origin.number}",
            host=directory.hostname(),
            about=about,
        )
    )
    copy = Copy(Recipient(user.address, user.user_id), user)
    return own_mail.put(Letter(text, origin, at_ms), copy, directory)


def _is_own(user: UserRow, rule_id: int, directory: Directory) -> bool:
    *_, own = directory.rules_for(user)
    return any(row.rule_id == rule_id for row in own)


def _text_of(action: do.RespondText | do.RespondFile) -> str:
    if isinstance(action, do.RespondText):
        return action.text.replace("\r\n", "\n")
    try:
        return _read(action.path).decode().replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        _log.error("a rule answers nobody: %s cannot be sent: %s", action.path, error)
        return ""


def _read(path: str) -> bytes:
    """Read a plain file, and never wait for one that is something else."""
    with os.fdopen(
        os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
    ) as f:
        if not stat.S_ISREG(os.fstat(f.fileno()).st_mode):
            raise ValueError("it is no plain file")
        octets = f.read(REPLY_OCTETS + 1)
    if len(octets) > REPLY_OCTETS:
        raise ValueError(f"it has more than {REPLY_OCTETS} octets")
    return octets
