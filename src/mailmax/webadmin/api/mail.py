"""A stored message as the web gives it: text to be read, or a file to be saved.

Rules:
    What is read is plain text: the header, and the first text of the body, decoded;
    of HTML what is seen of it, as text. Nothing of it is ever HTML in an answer. The
    file is offered for saving and never shown (TRUST I5).

Limits:
    256 KiB of a message are read for its text, and 64 KiB of text shown.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec

from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import MessagePiece
from mailmax.message import content, encoded_words, html_text
from mailmax.message.header import raw_fields, unfold
from mailmax.message.part import Part, Tree, scan
from mailmax.webadmin.rest.answers import Answer
from mailmax.webadmin.rest.call import Call

TEXT_CHARACTERS = 65_536
MOST_FIELDS = 500
FIELD_CHARACTERS = 4_000

Ask = Callable[[int], object]
"""Makes the request for the piece at an offset."""


class HeaderField(msgspec.Struct, frozen=True):
    """One field of a header, decoded."""

    name: str
    value: str


class MessageText(msgspec.Struct, frozen=True):
    """A message to be read."""

    header: list[HeaderField]
    text: str
    size_octets: int
    """Of the whole message."""
    is_html: bool = False
    """It had HTML alone; this is what is seen of it."""
    is_cut: bool = False
    """There is more than is shown."""
    files: list[str] = []
    """Content types of the other parts."""


async def read_text(call: Call, ask: Ask) -> MessageText:
    """Return the text of a message.

    Raises:
        Problem: It is not there.
    """
    piece = await call.ask(ask(0), MessagePiece)  # type: ignore[arg-type]
    return await asyncio.to_thread(text_of, piece.octets, piece.size_octets)


async def give_file(call: Call, ask: Ask, name: str) -> Answer:
    """Return a message as a file to be saved.

    Args:
        call: Whose.
        ask: For a piece.
        name: Of the file: plain ASCII.

    Raises:
        Problem: It is not there.
    """
    first = await call.ask(ask(0), MessagePiece)  # type: ignore[arg-type]
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    pieces = _pieces(call, ask, first)
    return Answer(body=pieces, media_type="application/octet-stream", headers=headers)


async def _pieces(call: Call, ask: Ask, first: MessagePiece) -> AsyncIterator[bytes]:
    """Give the octets; a message that goes away meanwhile ends the answer torn."""
    yield first.octets
    offset = len(first.octets)
    while offset < first.size_octets:
        piece = await call.hub.ask(ask(offset))  # type: ignore[arg-type]
        if isinstance(piece, Denied) or not piece.octets:
            raise ConnectionError("the message went away while it was given")
        yield piece.octets
        offset += len(piece.octets)


def text_of(octets: bytes, size_octets: int) -> MessageText:
    """Return what people read of a message.

    Args:
        octets: Its beginning.
        size_octets: Of all of it.
    """
    tree = scan(octets)
    fields = raw_fields(octets[: tree.parts[0].body_start])
    header = [
        HeaderField(name.decode("ascii", "replace"), _value(value))
        for name, value in fields[:MOST_FIELDS]
    ]
    leaves = [part for part in tree.parts if not part.children]
    texts = [part for part in leaves if part.content_type.main == b"text"]
    plain = [part for part in texts if part.content_type.sub != b"html"]
    shown = next(iter(plain or texts), None)
    text, is_cut = ("", False) if shown is None else _text(tree, shown)
    return MessageText(
        header,
        printable(text),
        size_octets,
        is_html=bool(texts) and not plain,
        is_cut=is_cut or len(octets) < size_octets or len(fields) > MOST_FIELDS,
        files=[_type(part) for part in leaves if part is not shown][:100],
    )


def printable(text: str) -> str:
    """Return text with every control character but line ends and tabs made visible."""
    text = text.replace("\r\n", "\n")
    return "".join(
        one if one.isprintable() or one in "\n\t" else repr(one)[1:-1] for one in text
    )


def _text(tree: Tree, part: Part) -> tuple[str, bool]:
    text, is_cut = content.beginning_of_text(tree, part, TEXT_CHARACTERS)
    if part.content_type.sub == b"html":
        text = html_text.split(text)[0]
    return text, is_cut


def _value(value: bytes) -> str:
    decoded = encoded_words.decode(unfold(value[:FIELD_CHARACTERS])).strip()
    return printable(decoded)


def _type(part: Part) -> str:
    kind = part.content_type
    return printable((kind.main + b"/" + kind.sub).decode("ascii", "replace"))[:100]
