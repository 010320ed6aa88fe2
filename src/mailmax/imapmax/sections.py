"""BODY[…] of one message: which octets, and how they are announced.

Theory:
    A section is found by the fragment's table of places, so a piece of a large
    message is read without the message. What is announced as a literal is sent from
    the body in pieces; HEADER.FIELDS is cut out of the header first.

Standards:
    RFC 3501 §6.4.5, §7.4.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailmax.base.pieces import PIECE_OCTETS
from mailmax.message import fragment, section
from mailmax.store.mailboxes.port import Mailbox
from mailmax.wire.imap.types.fetch_items import BodySection

Pieces = Sequence[bytes]
"""A section that is small enough to be sent at once."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Octets of a message that follow their announcement."""

    announced: bytes
    start: int
    end: int


def render_section(
    item: BodySection, mailbox: Mailbox, position: int
) -> Pieces | Extent:
    """Return a section: whole when it is small, else what announces it.

    Raises:
        Failure: The message cannot be read.
    """
    found = _find(item, mailbox, position)
    if found is None:
        return (item.label, b" NIL")
    start, end = found
    if item.section.fields:
        header = mailbox.read(position, start, end - start)
        names = frozenset(name.lower() for name in item.section.fields)
        others = item.section.what == "HEADER.FIELDS.NOT"
        octets = section.header_fields(header, names, others=others)
        first, last = _partial(item, 0, len(octets))
        return (_announce(item, last - first), octets[first:last])
    start, end = _partial(item, start, end)
    announced = _announce(item, end - start)
    if end - start > PIECE_OCTETS:
        return Extent(announced, start, end)
    return (announced, mailbox.read(position, start, end - start))


def _find(item: BodySection, mailbox: Mailbox, position: int) -> tuple[int, int] | None:
    wanted = item.section
    if not wanted.part and not wanted.what:
        return 0, mailbox.sizes[position]
    what = "HEADER" if wanted.fields else wanted.what
    made = mailbox.fragments([position])[0]
    if not wanted.part:
        header = min(fragment.header_octets(made), mailbox.sizes[position])
        return (0, header) if what == "HEADER" else (header, mailbox.sizes[position])
    return section.part(made, wanted.part, what)


def _partial(item: BodySection, start: int, end: int) -> tuple[int, int]:
    if item.length is None:
        return start, end
    first = min(start + item.offset, end)
    return first, min(first + item.length, end)


def _announce(item: BodySection, octets: int) -> bytes:
    return b"%b {%d}\r\n" % (item.label, octets)
