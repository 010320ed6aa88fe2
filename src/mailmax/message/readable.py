"""A message as people read it, decoded once for all who look for words in it.

Theory:
    Encoded words, transfer encodings and charsets are taken off, HTML becomes what is
    seen of it and its markup, and all is brought into the form in which texts are
    compared (`caseless`). Nothing is made before it is asked for, and nothing twice.

    header      each field's value, or all fields with their names
    body        every text part, and the headers of messages inside; a line end parts
                them, and what is seen from the markup
    attachments `attachments.find`, with the readings of their names

Rules:
    Never raises. The same text gives the same, however it was encoded.

Limits:
    1 MiB of characters of the body, 256 KiB of the header and of the names of files are
    read (SpamAssassin: 500 kB); what follows is not looked at, and `is_cut` says so.
    No texts inside of attached files (PDF, archives) or of encrypted mail.
"""

from collections.abc import Iterator

from mailmax.base.units import KIB, MIB
from mailmax.message import attachments, content, encoded_words, html_text
from mailmax.message.attachments import Attachment
from mailmax.message.caseless import caseless
from mailmax.message.header import raw_fields, unfold
from mailmax.message.part import Part, Tree

BODY_CHARACTERS = MIB
HEADER_CHARACTERS = 256 * KIB
NAMES_CHARACTERS = 256 * KIB


class Readable:
    """A message, read as far as it was asked for."""

    def __init__(self, tree: Tree) -> None:
        """Read nothing yet.

        Args:
            tree: Of `part.scan`.
        """
        self.tree = tree
        self.is_cut = False
        """The message has more text than is looked at."""
        self._raw: dict[bytes, list[bytes]] | None = None
        self._values: dict[bytes, list[str]] = {}
        self._header: str | None = None
        self._body: str | None = None
        self._files: list[Attachment] | None = None
        self._names: list[str] | None = None

    def values(self, name: bytes) -> list[str]:
        """Return the values of all fields of one name (lower case) in the header."""
        found = self._values.get(name)
        if found is None:
            raw = self.raw_values(name)
            found = self._values[name] = [caseless(_decoded(one)) for one in raw]
        return found

    def raw_values(self, name: bytes) -> list[bytes]:
        """Return them as they are written, still folded."""
        return self._fields().get(name, [])

    @property
    def header(self) -> str:
        """All fields with their names, a line each."""
        if self._header is None:
            self._header = self._all_fields(0)
        return self._header

    @property
    def body(self) -> str:
        """All texts, parted by line ends."""
        if self._body is None:
            self._body = "\n".join(self._texts())
        return self._body

    @property
    def files(self) -> list[Attachment]:
        """The attached files."""
        if self._files is None:
            self._files = attachments.find(self.tree)
        return self._files

    @property
    def names(self) -> list[str]:
        """Every reading of the names of attached files."""
        if self._names is None:
            self._names = []
            room = NAMES_CHARACTERS
            for name in (name for one in self.files for name in one.names):
                room -= len(name)
                if room < 0:
                    self.is_cut = True
                    break
                self._names.append(caseless(name))
        return self._names

    def _fields(self) -> dict[bytes, list[bytes]]:
        if self._raw is None:
            self._raw = {}
            message = self.tree.parts[0]
            for name, value in raw_fields(self.tree.octets[: message.body_start]):
                self._raw.setdefault(name.lower(), []).append(value)
        return self._raw

    def _all_fields(self, index: int) -> str:
        part = self.tree.parts[index]
        stop = part.header_start + HEADER_CHARACTERS
        if part.body_start > stop:
            self.is_cut = True
        header = self.tree.octets[part.header_start : min(part.body_start, stop)]
        return "\n".join(
            caseless(f"{name.decode()}: {_decoded(value)}")
            for name, value in raw_fields(header)
        )

    def _texts(self) -> Iterator[str]:
        room = BODY_CHARACTERS
        for index, part in enumerate(self.tree.parts):
            for text in self._texts_of(index, part, room):
                yield text
                room -= len(text)
            if room <= 0:
                self.is_cut = True
                return

    def _texts_of(self, index: int, part: Part, room: int) -> Iterator[str]:
        if index and self.tree.parts[part.parent].is_message:
            yield self._all_fields(index)
        if part.content_type.main != b"text" and not content.is_encoded_message(part):
            return
        source, is_cut = content.beginning_of_text(self.tree, part, room)
        self.is_cut |= is_cut
        if part.content_type.sub != b"html":
            yield caseless(source)
            return
        for text in html_text.split(source):
            yield caseless(text)


def _decoded(value: bytes) -> str:
    return encoded_words.decode(unfold(value))
