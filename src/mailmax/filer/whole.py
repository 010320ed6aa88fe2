"""A message as it is filed for its users: as it came, and without attached files.

Theory:
    Most messages are filed as they lie in the journal. What a rule takes attachments
    out of is another message with a body of its own (DESIGN 5). It is made of the one
    that came whenever that is planned, so a replay makes the same; its name is made of
    that of its cause and of its octets.

Rules:
    Where attachments cannot be taken out the message stays as it is, and the log says
    so (TRUST J9).

Manual: 8.2.
"""

import hashlib
import logging
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from mailmax.base.envelope import Envelope, Origin
from mailmax.message import structure
from mailmax.message.part import Tree
from mailmax.message.removing import FILE, without_attachments
from mailmax.store.mailboxes.values import NewMessage
from mailmax.store.spool.port import BodyRef, Record

WORDS = f"The attached file {FILE} was removed by a rule."

_log = logging.getLogger("mailmax.filer")


class Whole(NamedTuple):
    """A message that is filed for several users."""

    message: NewMessage
    origin: Origin
    envelope: Envelope
    ref: BodyRef | None = None
    chunks: Sequence[bytes] = ()


def derived_origin(origin: Origin, purpose: bytes) -> Origin:
    """Name something that was made from a message, the same name at every replay."""
    return Origin(hashlib.sha256(origin.journal + purpose).digest()[:16], origin.number)


def whole_of(
    record: Record,
    body: bytes | memoryview,
    tree: Tree | None = None,
    chunks: Sequence[bytes] = (),
) -> Whole:
    """Return a message as it came.

    Args:
        record: As the spool gave it.
        body: Its octets.
        tree: Their scan, if there is one already.
        chunks: The octets, where they lie in no journal: they were changed here.
    """
    render, render_tree = structure.render, structure.render_tree
    message = NewMessage(
        body=body,
        size=record.body.size,
        crc=record.body.crc,
        fragment=render(body) if tree is None else render_tree(tree),
        internal_date_ms=record.envelope.received_at_ms,
        origin=record.origin,
    )
    ref = None if chunks else record.body
    return Whole(message, record.origin, record.envelope, ref, chunks)


def bare(whole: Whole, body: bytes | memoryview) -> Whole:
    """Return a message without its attached files; itself, when it has none.

    Args:
        whole: As it came.
        body: Its octets.
    """
    before = bytes(body)
    text = without_attachments(before, WORDS)
    if text is None:
        _log.error("attachments of %s cannot be taken out: it stays", whole.origin)
    if text is None or text is before:
        return whole
    crc = zlib.crc32(text)
    origin = derived_origin(whole.origin, b"without attachments %08x" % crc)
    message = NewMessage(
        body=text,
        size=len(text),
        crc=crc,
        fragment=structure.render(text),
        internal_date_ms=whole.message.internal_date_ms,
        origin=origin,
    )
    return Whole(message, origin, whole.envelope, chunks=(text,))
