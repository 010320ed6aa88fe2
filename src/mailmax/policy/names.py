"""Which names domains and users may have, and the one form in which they are kept.

Theory:
    A domain is kept in lower-case A-labels (strict IDNA 2008, no compatibility
    mappings, so two spellings never meet by surprise: TRUST B4). A user's name is
    ASCII, kept in lower case.

Standards:
    RFC 5321 §4.1.2, §4.5.3.1 (lengths), RFC 5891 (A-labels).

Manual: 6.1, 7.1; DECISIONS 14.
"""

import idna

from mailmax.base.address import lower_ascii, unquote_local
from mailmax.settings.field import BadValue
from mailmax.settings.kinds import is_host_name

LONGEST_LOCAL = 64
_SPECIALS = "^_{|}`!#$%&'*+-=?~"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_ALLOWED = frozenset(_LETTERS + _SPECIALS + ".")
_USUAL = frozenset(_LETTERS + "_-.")


def canonical_domain(text: str) -> str | None:
    """Return a domain in lower-case A-labels; None when it is none.

    Args:
        text: As a person writes it: A-labels or Unicode, any case, no final dot.
    """
    if not 0 < len(text) <= 253:
        return None
    try:
        name = lower_ascii(text)
        if not name.isascii():
            name = idna.encode(name, strict=True).decode("ascii")
        if "xn--" in name:
            idna.decode(name)
    except (idna.IDNAError, UnicodeError, IndexError):
        return None
    return name if is_host_name(name) else None


def check_domain(text: str) -> str | BadValue:
    """Return the canonical name of a new domain, or what is wrong with it."""
    name = canonical_domain(text.strip())
    if name is None:
        return BadValue(
            "domain",
            f"{_shown(text)} is no domain name" if text.strip() else "it is blank",
            "give letters, digits, hyphens and dots, as in example.org",
        )
    return name


def note_on_domain(name: str) -> str:
    """Return a warning about a name that no server elsewhere finds."""
    if "." in name:
        return ""
    return "caution: a name of one label is no domain on the Internet"


def check_local(text: str) -> str | BadValue:
    """Return the canonical local part of a new user or alias, or what is wrong."""
    if not 0 < len(text) <= LONGEST_LOCAL:
        return BadValue(
            "name",
            "it is empty" if not text else "it is too long",
            f"give 1 to {LONGEST_LOCAL} characters",
        )
    strange = next((c for c in text if c not in _ALLOWED), None)
    if strange is not None:
        return BadValue(
            "name",
            f"{_shown(strange)} may not stand in a name",
            f"give letters, digits and . {' '.join(_SPECIALS)}",
        )
    if text.startswith(".") or text.endswith(".") or ".." in text:
        return BadValue(
            "name",
            f"{_shown(text)} has a dot at an end or two in a row",
            "put dots between other characters only",
        )
    return text.lower()


def check_address(text: str) -> tuple[str, str] | BadValue:
    """Return canonical local part and domain of a new address, or what is wrong."""
    local, at, domain = text.strip().rpartition("@")
    if not at:
        return BadValue(
            "address", f"{_shown(text)} is no full address", "give name@domain"
        )
    name = check_domain(domain)
    if isinstance(name, BadValue):
        return name
    checked = check_local(unquote_local(local) or local)
    return checked if isinstance(checked, BadValue) else (checked, name)


def is_unusual(local: str) -> bool:
    """Tell whether a name has specials other than ``_ - .`` (a warning, USR-1)."""
    return not _USUAL.issuperset(local)


def _shown(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
