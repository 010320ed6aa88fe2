"""A message without its infected parts, and the field that says so.

Rules:
    Pure, and the same each time: the filer makes again what SMTPMax had looked at.

Standards:
    RFC 5322 §3.6.7 (trace fields come first), §3.6.8.
"""

from collections.abc import Collection
from typing import Final

from mailmax.message import encoded_words
from mailmax.message.removing import FILE, without_parts

_WORDS: Final = f"A virus was found in an attachment, which was removed: {FILE}"


def cleaned(octets: bytes, infected: Collection[int]) -> bytes | None:
    """Return a message with texts in place of parts, or None where that cannot be.

    Args:
        octets: The message.
        infected: Indices in `Tree.parts`.
    """
    return without_parts(octets, infected, _WORDS) if infected else None


def marked(octets: bytes, place: int, words: str) -> bytes:
    """Return a message with a field about viruses.

    Args:
        octets: The message.
        place: Where the field goes: behind Return-Path.
        words: Its value; one line.
    """
    return b"%bX-MailMax-Virus: %b\r\n%b" % (
        octets[:place],
        encoded_words.encode(words),
        octets[place:],
    )
