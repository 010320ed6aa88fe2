"""FETCH rows of many messages from columns, without a loop over messages.

Theory:
    The items asked for become one format and as many columns; zip and map join them.
    ENVELOPE and BODYSTRUCTURE lie rendered in the fragments. A row stays open (no
    closing parenthesis), since bodies may follow it.

Standards:
    RFC 3501 §7.4.2.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mailmax.imapmax.flag_text import flag_texts
from mailmax.imapmax.selected import Selected
from mailmax.message import fragment, structure
from mailmax.store.mailboxes.port import Mailbox
from mailmax.wire.imap.codec.encode import encode_date_time
from mailmax.wire.imap.types.fetch_items import Attribute

_FORMATS = {
    Attribute.FLAGS: b"FLAGS (%b)",
    Attribute.UID: b"UID %d",
    Attribute.INTERNALDATE: b"INTERNALDATE %b",
    Attribute.RFC822_SIZE: b"RFC822.SIZE %d",
    Attribute.ENVELOPE: b"ENVELOPE %b",
    Attribute.BODY: b"BODY %b",
    Attribute.BODYSTRUCTURE: b"BODYSTRUCTURE %b",
    Attribute.MODSEQ: b"MODSEQ (%d)",
}
_FROM_FRAGMENT: dict[Attribute, Callable[[bytes], bytes]] = {
    Attribute.ENVELOPE: fragment.envelope,
    Attribute.BODY: lambda one: structure.body(fragment.bodystructure(one)),
    Attribute.BODYSTRUCTURE: fragment.bodystructure,
}


class Rows:
    """Renders rows for one FETCH command."""

    __slots__ = ("_attributes", "_fragments", "_row", "selected")

    def __init__(self, selected: Selected, attributes: Sequence[Attribute]) -> None:
        """Make the format."""
        self.selected = selected
        self._attributes = tuple(attributes)
        self._fragments = any(one in _FROM_FRAGMENT for one in attributes)
        self._row = b"* %d FETCH (" + b" ".join(_FORMATS[one] for one in attributes)

    def render(self, places: Sequence[int], end: bytes) -> list[bytes]:
        """Return one row for each place, each with `end` behind it; no ghosts."""
        view = self.selected.view
        positions = view.positions(places)
        numbers = range(1, 0) if not positions else _numbers(view.places(positions))
        columns = self._columns(positions)
        row = (self._row + end).__mod__
        return list(map(row, zip(numbers, *columns, strict=True)))

    def _columns(self, positions: Sequence[int]) -> list[Iterable[Any]]:
        mailbox = self.selected.opened.mailbox
        fragments = mailbox.fragments(positions) if self._fragments else []
        return [
            self._column(one, mailbox, positions, fragments) for one in self._attributes
        ]

    def _column(
        self,
        attribute: Attribute,
        mailbox: Mailbox,
        positions: Sequence[int],
        fragments: list[bytes],
    ) -> Iterable[Any]:
        if attribute is Attribute.FLAGS:
            return flag_texts(mailbox, positions, self.selected.recent)
        if attribute is Attribute.UID:
            return _pick(mailbox.uids, positions)
        if attribute is Attribute.RFC822_SIZE:
            return _pick(mailbox.sizes, positions)
        if attribute is Attribute.MODSEQ:
            return _pick(mailbox.modseqs, positions)
        if attribute is Attribute.INTERNALDATE:
            return map(encode_date_time, _pick(mailbox.dates, positions))
        if attribute is Attribute.ENVELOPE:
            return fragment.envelopes(fragments)
        return map(_FROM_FRAGMENT[attribute], fragments)


def _numbers(places: Sequence[int]) -> Sequence[int]:
    if isinstance(places, range):
        return range(places.start + 1, places.stop + 1)
    return [place + 1 for place in places]


def _pick(column: Any, positions: Sequence[int]) -> Iterable[int]:
    if isinstance(positions, range):
        picked: Iterable[int] = column[positions.start : positions.stop]
        return picked
    return map(column.__getitem__, positions)
