r"""Flags as the suite keeps them: one octet for the system's, names for keywords.

Theory:
    ``\Seen`` and its four sisters are bits of one octet, numbered like
    `store.mailboxes.values.Flag` (a test holds the two together). ``\Recent`` belongs
    to the server and cannot be set. A keyword keeps the case in which it is first
    written; comparing ignores case.

Standards:
    RFC 3501 §2.3.2, §9 flag, flag-keyword.
"""

from dataclasses import dataclass

SYSTEM_FLAGS: dict[bytes, int] = {
    b"\\SEEN": 1,
    b"\\ANSWERED": 2,
    b"\\FLAGGED": 4,
    b"\\DELETED": 8,
    b"\\DRAFT": 16,
}

FLAG_NAMES = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
"""In the order of their bits."""

LONGEST_KEYWORD = 64
MOST_KEYWORDS = 64
"""In one command; Dovecot's mailboxes stop at a comparable number."""


@dataclass(frozen=True, slots=True)
class Flags:
    """A set of flags."""

    system: int = 0
    keywords: tuple[str, ...] = ()


def _render(bits: int) -> bytes:
    names = [name for at, name in enumerate(FLAG_NAMES) if bits >> at & 1]
    if bits & 32:
        names.append("\\Recent")
    return " ".join(names).encode()


RENDERED: tuple[bytes, ...] = tuple(_render(bits) for bits in range(64))
r"""System flags as they are sent, without parentheses; bit 32 is ``\Recent``."""
