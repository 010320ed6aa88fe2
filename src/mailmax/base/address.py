r"""Mail addresses of the envelope.

Theory:
    A local part is compared without regard to case here (every user of ours is), a
    domain always is. `Address` keeps the local part as given and the domain in lower
    case; `key` is what tables are asked with.

    Quotes and backslashes are spelling: ``"tim"@x``, ``"t\im"@x`` and ``tim@x`` are one
    address. Whoever takes an address from text reads its local part here: SMTP, the
    filer, settings, bans, logins (TRUST B4).

Rules:
    Case is ASCII's alone. Unicode would let strangers meet: the Kelvin sign's lower
    case is an ASCII k (TRUST B4).

Standards:
    RFC 5321 §4.1.2 (grammar), §4.5.3.1 (lengths), RFC 6531 §3.3 (UTF-8).
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed mailbox: local part without quotes, domain in lower case.

    `domain` is empty only for the bare ``postmaster`` of RFC 5321 §4.5.1; an address
    literal keeps its brackets.
    """

    local: str
    domain: str

    @property
    def key(self) -> str:
        """What look-ups use: ``local@domain`` in ASCII lower case."""
        return f"{lower_ascii(self.local)}@{self.domain}"

    def __str__(self) -> str:
        local = self.local if is_dot_string(self.local) else quote_local(self.local)
        return f"{local}@{self.domain}" if self.domain else local


_ATOM = r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u00a0-\U0010ffff]+"
_DOT_STRING = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_ESCAPE = re.compile(r"\\(.)")


_UPPER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def lower_ascii(text: str) -> str:
    """Give A to Z in lower case and leave every other character alone."""
    return text.lower() if text.isascii() else text.translate(_UPPER)


def is_dot_string(local: str) -> bool:
    """Tell whether a local part needs no quotes (RFC 5321 §4.1.2 Dot-string)."""
    return _DOT_STRING.fullmatch(local) is not None


def parse_address(text: str) -> Address:
    """Take an address apart as it stands on an envelope.

    Args:
        text: What `Address` was written as; a local part that is none (there is no
            grammar for what a report may be about) stays as it is.
    """
    local, _, domain = text.rpartition("@")
    if '"' in local:
        local = unquote_local(local) or local
    return Address(local, lower_ascii(domain))


def unquote_local(text: str) -> str | None:
    """Read a local part: a Dot-string, or a Quoted-string without its quotes.

    Returns:
        None when it is neither, is empty, or has a control character.
    """
    if not text.isprintable():
        return None
    if is_dot_string(text):
        return text
    if _QUOTED.fullmatch(text) is None:
        return None
    return _ESCAPE.sub(r"\1", text[1:-1]) or None


def quote_local(local: str) -> str:
    r"""Write a local part as a Quoted-string, with ``\`` before ``\`` and ``"``."""
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
