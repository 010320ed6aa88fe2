r"""The grammar of paths and parameters.

    Reverse-path   = Path / "<>"
    Path           = "<" [ A-d-l ":" ] Mailbox ">"
    A-d-l          = At-domain *( "," At-domain )
    Mailbox        = Local-part "@" ( Domain / address-literal )
    Local-part     = Dot-string / Quoted-string
    Quoted-string  = DQUOTE *QcontentSMTP DQUOTE
    esmtp-param    = esmtp-keyword ["=" esmtp-value]

Theory:
    The plain case is tested with translate and find, the rest is walked octet by
    octet. A parser returns None (or raises `SyntaxFault`) and never guesses. Source
    routes are read and dropped (RFC 5321 appendix C): the last address counts.

Rules:
    Whatever comes out has no control character, also after unquoting and decoding.
    Nothing is decoded inside an address: an encoded-word is a local part like any
    other (TRUST B5). One canonical form: domain in lower-case A-labels.

Limits:
    Local part 255 octets (RFC 5321 §4.5.3.1.1 wants 64 at least; VERP and SRS make
    longer ones), domain 255, label 63.

Standards:
    RFC 5321 §4.1.2 and §4.1.3, RFC 6531 §3.3 (UTF-8), RFC 5890 (IDNA), RFC 3461 §4
    (xtext).
"""

from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

from mailmax.base.address import Address, lower_ascii, unquote_local

LOCAL_LIMIT = 255
DOMAIN_LIMIT = 255
LABEL_LIMIT = 63

_DIGITS = b"0123456789"
_ALNUM = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + _DIGITS
_ATEXT = _ALNUM + b"!#$%&'*+-/=?^_`{|}~"
_LDH_DOT = _ALNUM + b"-."
_HEX = b"0123456789ABCDEF"
_VALUE = bytes(range(33, 127)).replace(b"=", b"")
_BEYOND_ASCII = bytes(range(128, 256))


KEYWORDS = frozenset(
    {
        *("SIZE", "BODY", "SMTPUTF8", "AUTH", "RET", "ENVID", "NOTIFY", "ORCPT"),
        *("BY", "MT-PRIORITY", "REQUIRETLS", "HOLDFOR", "HOLDUNTIL"),
    }
)
"""Parameters that are known somewhere here: only these are said back by name."""


class SyntaxFault(Exception):
    """The octets do not follow the grammar."""

    def __init__(self, parameter: str = "") -> None:
        """Note which parameter it is (`name_parameter`); empty: it is none."""
        self.parameter = parameter


def name_parameter(keyword: bytes, place: int) -> str:
    """Name a parameter, without a word of the client's: else by its place."""
    word = keyword.decode("latin-1")
    return word if word in KEYWORDS else f"number {place}"


def split_path(argument: bytes) -> tuple[bytes, bytes]:
    """Split ``<path> parameters`` (RFC 5321 §4.1.1.2).

    Returns:
        What stands between the brackets, and the parameters without spaces around.

    Raises:
        SyntaxFault: There are no brackets, or something clings to them.
    """
    argument = argument.strip(b" ")
    if not argument.startswith(b"<"):
        raise SyntaxFault
    end = _unquoted_bracket(argument) if b'"' in argument else argument.find(b">")
    if end < 0:
        raise SyntaxFault
    rest = argument[end + 1 :]
    if rest and not rest.startswith(b" "):
        raise SyntaxFault
    return argument[1:end], rest.strip(b" ")


def parse_mailbox(path: bytes) -> Address | None:
    """Read what stands between the brackets; None: not an address."""
    if path.startswith(b"@"):
        path = _behind_source_route(path)
    if b'"' in path:
        return _parse_quoted(path)
    local, at, domain = path.rpartition(b"@")
    if not at or not _is_dot_string(local):
        return None
    name = parse_domain(domain)
    return None if name is None else Address(local.decode(), name)


@lru_cache(4096)
def parse_domain(octets: bytes) -> str | None:
    """Give a domain or address literal in canonical form; None: it is neither."""
    if not octets or len(octets) > DOMAIN_LIMIT:
        return None
    if octets.startswith(b"["):
        return _parse_literal(octets)
    if not octets.isascii():
        return _parse_unicode_domain(octets)
    if octets.translate(None, _LDH_DOT):
        return None
    return octets.decode().lower() if _has_good_labels(octets) else None


def parse_parameters(octets: bytes) -> dict[bytes, bytes | None]:
    """Read ESMTP parameters: keyword in upper case to value, None without one.

    Raises:
        SyntaxFault: Malformed, or a keyword stands twice (TRUST B7).
    """
    found: dict[bytes, bytes | None] = {}
    for parameter in octets.split(b" "):
        if not parameter:
            continue
        keyword, equals, value = parameter.partition(b"=")
        keyword = keyword.upper()
        if (
            not _is_keyword(keyword)
            or keyword in found
            or (equals and (not value or not _is_value(value)))
        ):
            raise SyntaxFault(name_parameter(keyword, len(found) + 1))
        found[keyword] = value if equals else None
    return found


def parse_number(octets: bytes, limit: int) -> int:
    """Read a decimal number; beyond `limit` it is ``limit + 1``, however long.

    Raises:
        SyntaxFault: Not 1 to 20 digits (RFC 1870 §3).
    """
    if not octets or len(octets) > 20 or octets.translate(None, _DIGITS):
        raise SyntaxFault
    octets = octets.lstrip(b"0")
    if len(octets) > 10:
        return limit + 1
    return min(int(octets or b"0"), limit + 1)


def decode_xtext(octets: bytes) -> bytes:
    """Undo xtext; what comes out is printable ASCII (RFC 3461 §4, TRUST B2).

    Raises:
        SyntaxFault: Malformed, or it hides a control character.
    """
    if b"+" not in octets:
        decoded = octets
    else:
        first, *rest = octets.split(b"+")
        parts = [first]
        for piece in rest:
            if len(piece) < 2 or piece[:2].translate(None, _HEX):
                raise SyntaxFault
            parts += [bytes.fromhex(piece[:2].decode()), piece[2:]]
        decoded = b"".join(parts)
    if any(not 32 <= octet < 127 for octet in decoded):
        raise SyntaxFault
    return decoded


def is_atom(octets: bytes) -> bool:
    """Tell whether that is an atom (RFC 5321 §4.1.2)."""
    return bool(octets) and not octets.translate(None, _ATEXT)


def _unquoted_bracket(argument: bytes) -> int:
    """Find the first ``>`` that stands outside of quotes; -1: there is none."""
    quoted = False
    at = 1
    while at < len(argument):
        octet = argument[at]
        if quoted and octet == 92:
            at += 1
        elif octet == 34:
            quoted = not quoted
        elif octet == 62 and not quoted:
            return at
        at += 1
    return -1


def _behind_source_route(path: bytes) -> bytes:
    """Drop ``@a,@b:``; empty when it is malformed."""
    route, colon, mailbox = path.partition(b":")
    if not colon:
        return b""
    for hop in route.split(b","):
        if not hop.startswith(b"@") or parse_domain(hop[1:]) is None:
            return b""
    return mailbox


def _is_dot_string(local: bytes) -> bool:
    if not local or len(local) > LOCAL_LIMIT:
        return False
    if not local.isascii():
        local = _without_utf8(local)
    if local.translate(None, _ATEXT).strip(b"."):
        return False
    return b".." not in local and local[0] != 46 and local[-1] != 46


def _without_utf8(local: bytes) -> bytes:
    """Put a letter for each UTF-8 character that may stand in an atom, else NUL."""
    try:
        text = local.decode()
    except UnicodeDecodeError:
        return b"\0"
    if not text.isprintable():
        return b"\0"
    return "".join(c if c.isascii() else "x" for c in text).encode()


def _parse_quoted(path: bytes) -> Address | None:
    quoted, _, rest = path.rpartition(b"@")
    try:
        local = unquote_local(quoted.decode())
    except UnicodeDecodeError:
        return None
    if local is None or len(local.encode()) > LOCAL_LIMIT:
        return None
    domain = parse_domain(rest)
    return None if domain is None else Address(local, domain)


def _has_good_labels(domain: bytes) -> bool:
    return all(
        label
        and len(label) <= LABEL_LIMIT
        and not label.startswith(b"-")
        and not label.endswith(b"-")
        for label in domain.split(b".")
    )


def _parse_unicode_domain(octets: bytes) -> str | None:
    """Turn U-labels into A-labels, strictly: nothing is mapped (RFC 5891 §4)."""
    try:
        text = octets.decode()
        if any(dot in text for dot in "\u3002\uff0e\uff61"):
            return None
        return idna.encode(lower_ascii(text)).decode()
    except (UnicodeError, idna.IDNAError):
        return None


def _parse_literal(octets: bytes) -> str | None:
    """Read ``[192.0.2.1]`` or ``[IPv6:2001:db8::1]`` (RFC 5321 §4.1.3)."""
    if not octets.isascii() or not octets.endswith(b"]"):
        return None
    inner = octets[1:-1].decode()
    try:
        if inner[:5].lower() == "ipv6:":
            if "%" in inner:
                return None
            return f"[ipv6:{IPv6Address(inner[5:])}]"
        return f"[{IPv4Address(inner)}]"
    except AddressValueError:
        return None


def _is_value(value: bytes) -> bool:
    """Tell whether a value is one; UTF-8 may be in it (RFC 6531 §3.3)."""
    if value.isascii():
        return not value.translate(None, _VALUE)
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return not value.translate(None, _VALUE + _BEYOND_ASCII)


def _is_keyword(keyword: bytes) -> bool:
    return bool(keyword) and not keyword.translate(None, _ALNUM + b"-")
