"""Address lists: From, To, Cc and their like, flattened as IMAP wants them.

Theory:
    The value is cut into tokens by one linear pattern; a small state machine turns
    them into entries. A group is an entry with a name only, then its members, then an
    entry of nothing (RFC 3501 §7.4.2). Obsolete forms are understood: routes, phrases
    with dots, empty members, comments as names.

Rules:
    Never raises, never decodes: encoded words stay as they are (TRUST B5, D-2, D-5).

Limits:
    10,240 tokens (Postfix header_address_token_limit); what follows is left out.

Standards:
    RFC 5322 §3.4, §4.4 (obsolete addressing), §3.2.2 (comments).
"""

import re
from itertools import islice
from typing import NamedTuple

TOKENS_LIMIT = 10_240


class Entry(NamedTuple):
    """An address, the start of a group (no domain) or its end (nothing)."""

    name: bytes | None
    """Display name without quotes; encoded words as written."""
    route: bytes | None
    """The obsolete source route, ``@a,@b``."""
    local: bytes | None
    """Local part without quotes; the group's name at the start of a group."""
    domain: bytes | None
    """Empty where an address has none; None marks a group."""


GROUP_END = Entry(None, None, None, None)

# One alternative always matches one octet at least, and none looks back.
_TOKEN = re.compile(
    rb"""(?P<space>[\x00-\x20\x7f]++)
    | "(?P<quoted>[^"\\]*+(?:\\.[^"\\]*+)*+)"?+
    | (?P<literal>\[[^\[\]\\]*+\]?+)
    | (?P<atom>[^\x00-\x20\x7f"(),:;<>@\[\\]++)
    | (?P<open>\()
    | (?P<special>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PAREN = re.compile(rb"[^()\\]*+(?:\\.?+|([()])|\Z)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def parse(value: bytes) -> list[Entry]:
    """Return the entries of an address list, in order; empty when there are none."""
    reader = _Reader()
    position = 0
    tokens = 0
    while position < len(value) and tokens < TOKENS_LIMIT:
        for found in islice(_TOKEN.finditer(value, position), TOKENS_LIMIT - tokens):
            tokens += 1
            kind = found.lastgroup
            if kind == "open":
                position, text, steps = _comment(
                    value, found.end(), TOKENS_LIMIT - tokens
                )
                tokens += steps
                reader.comment = text
                reader.spaced = True
                break
            position = found.end()
            reader.take(kind, found)
    return reader.finish()


def _comment(value: bytes, start: int, limit: int) -> tuple[int, bytes, int]:
    """Pass over a comment, nested ones with it; return end, text and steps made."""
    depth = 1
    position = start
    steps = 0
    while depth and position < len(value) and steps < limit:
        found = _PAREN.match(value, position)
        if found is None or found.end() == position:
            break
        position = found.end()
        steps += 1
        if found[1]:
            depth += 1 if found[1] == b"(" else -1
    text = value[start : position - 1 if not depth else position]
    return position, _ESCAPE.sub(rb"\1", text).strip(), steps


class _Reader:
    """The state between tokens: what is collected of the address at hand."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.words: list[bytes] = []
        self.angle: list[bytes] | None = None
        self.in_angle = False
        self.at = -1
        """Index in the list at hand of the last ``@``."""
        self.route: bytes | None = None
        self.comment: bytes | None = None
        self.in_group = False
        self.spaced = False

    def take(self, kind: str | None, found: re.Match[bytes]) -> None:
        """Go on by one token."""
        if kind == "space":
            self.spaced = True
        elif kind == "special":
            self._special(found[0])
        elif kind == "quoted":
            self._word(_ESCAPE.sub(rb"\1", found["quoted"]))
        else:
            self._word(found[0])

    def finish(self) -> list[Entry]:
        """Close what is open and return the entries."""
        self._close_address()
        if self.in_group:
            self.entries.append(GROUP_END)
        return self.entries

    def _word(self, word: bytes) -> None:
        if self.in_angle and self.angle is not None:
            self.angle.append(word)
        elif self.spaced and self.words and self.at < 0:
            self.words += (b" ", word)
        else:
            self.words.append(word)
        self.spaced = False

    def _special(self, octet: bytes) -> None:
        if octet == b",":
            self._comma()
        elif octet == b";":
            self._close_address()
            if self.in_group:
                self.entries.append(GROUP_END)
                self.in_group = False
        elif octet == b":":
            self._colon()
        elif octet == b"<":
            self.angle = []
            self.in_angle = True
            self.at = -1
        elif octet == b">":
            self.in_angle = False
        elif octet == b"@":
            self._at_sign()
        else:
            self._word(octet)

    def _comma(self) -> None:
        if self.in_angle and self.angle and self.angle[0] == b"@":
            self.angle.append(b",")  # inside a route
        else:
            self._close_address()

    def _colon(self) -> None:
        if self.in_angle and self.angle:
            self.route = b"".join(self.angle)
            self.angle = []
            self.at = -1
        elif not self.in_group and not self.in_angle:
            name = b"".join(self.words).strip()
            self._forget()
            self.entries.append(Entry(None, None, name, None))
            self.in_group = True

    def _at_sign(self) -> None:
        target = self.angle if self.in_angle and self.angle is not None else self.words
        self.at = len(target)
        target.append(b"@")
        self.spaced = False

    def _close_address(self) -> None:
        source = self.words if self.angle is None else self.angle
        if not source and not (self.angle is not None and self.words):
            self._forget()
            return
        name = self.comment
        if self.angle is not None and self.words:
            name = b"".join(self.words).strip()
        if self.at >= 0:
            # Obsolete: white space around dots (RFC 5322 §4.4).
            local = b"".join(word for word in source[: self.at] if word != b" ")
            domain = b"".join(source[self.at + 1 :])
        else:
            local, domain = b"".join(source), b""
        if self.angle is None:
            local = local.strip()
        self.entries.append(Entry(name or None, self.route, local, domain))
        self._forget()

    def _forget(self) -> None:
        self.words = []
        self.angle = None
        self.in_angle = False
        self.at = -1
        self.route = None
        self.comment = None
        self.spaced = False
