"""Does one message fit? The questions of SEARCH that need mail to be read.

Theory:
    Subject, From, To and Cc lie decoded and lowered in the fragment: a look into the
    whole fragment says no for most messages, the column says yes. Other fields are
    read from the header. A text is sought in the octets as they are where nothing is
    encoded, else in the decoded text parts; the octets alone would find words in
    base64 that nobody wrote.

Rules:
    A message that cannot be read does not fit. Case is ignored by lower-casing both.

Standards:
    RFC 3501 §6.4.4.
"""

from collections.abc import Callable, Sequence

from mailmax.base.errors import Failure
from mailmax.message import content, encoded_words, fragment
from mailmax.message.header import raw_fields, unfold
from mailmax.message.part import scan
from mailmax.store.mailboxes.port import Mailbox
from mailmax.wire.imap.types.search_keys import DayIs, HeaderHas, TextHas

_DAY_S = 86_400
_COLUMNS = {b"subject": 0, b"from": 1, b"to": 2, b"cc": 3}
"""Fields that lie decoded in the fragment, by their number there."""


class Scanner:
    """One question, asked of many messages of one mailbox."""

    __slots__ = ("_column", "_fits", "_key", "_mailbox", "_octets")

    def __init__(self, key: HeaderHas | TextHas | DayIs, mailbox: Mailbox) -> None:
        """Choose the way to ask it."""
        self._key = key
        self._mailbox = mailbox
        self._octets = b"" if isinstance(key, DayIs) else key.needle.encode()
        self._column: int | None = None
        if isinstance(key, HeaderHas) and key.needle:
            self._column = _COLUMNS.get(key.field)
        self._fits = self._choose()

    def fitting(self, positions: Sequence[int]) -> list[int]:
        """Ask messages; return the indexes into `positions` of those that fit."""
        made = self._mailbox.fragments(positions)
        if self._column is not None:
            return fragment.holding(made, self._octets, self._column)
        return [at for at, one in enumerate(made) if self._ask(positions[at], one)]

    def _ask(self, position: int, made: bytes) -> bool:
        try:
            return self._fits(position, made)
        except Failure:
            return False

    def _choose(self) -> Callable[[int, bytes], bool]:
        key = self._key
        if isinstance(key, DayIs):
            return self._sent
        if isinstance(key, TextHas):
            return self._text
        return self._header

    def _sent(self, _position: int, made: bytes) -> bool:
        key = self._key
        sent = fragment.sent_s(made)
        if sent is None or not isinstance(key, DayIs):
            return False
        day = sent // _DAY_S
        return (key.first is None or key.first <= day) and (
            key.end is None or day < key.end
        )

    def _header(self, position: int, made: bytes) -> bool:
        key = self._key
        if not isinstance(key, HeaderHas):
            return False
        header = self._mailbox.read(position, 0, fragment.header_octets(made))
        return any(
            name.lower() == key.field and key.needle in _plain(value)
            for name, value in raw_fields(header)
        )

    def _text(self, position: int, made: bytes) -> bool:
        key = self._key
        if not isinstance(key, TextHas):
            return False
        octets = self._mailbox.read(position)
        start = 0 if key.header_too else fragment.header_octets(made)
        lowered = octets.lower()
        if self._octets.isascii() and not _is_encoded(lowered):
            return lowered.find(self._octets, start) >= 0
        return self._decoded(octets, key)

    def _decoded(self, octets: bytes, key: TextHas) -> bool:
        tree = scan(octets)
        if key.header_too:
            header = octets[: tree.parts[0].body_start]
            if key.needle in _plain(header):
                return True
        return any(
            key.needle in content.text(tree, part).lower()
            for part in tree.parts
            if part.content_type.main == b"text"
        )


def _is_encoded(lowered: bytes) -> bool:
    """Tell whether words may be hidden by an encoding."""
    return (
        b"quoted-printable" in lowered
        or b"base64" in lowered
        or b"=?" in lowered
        or b"iso-2022" in lowered
    )


def _plain(value: bytes) -> str:
    return encoded_words.decode(unfold(value)).lower()
