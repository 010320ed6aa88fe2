"""Who may come in: the first IP filter that matches a client decides.

Theory:
    A filter is a pattern and what holds for whom it matches. Every pattern, IPv4 or
    IPv6, ranges or prefix, is a range in each octet of the address:

        147.89.8-15.*     147 | 89 | 8-15 | 0-255
        10.64.0.0/10      10 | 64-127 | 0-255 | 0-255

    A list is compiled to a bitmap for each value of each octet: bit n is set when
    filter n allows that value there. The bitmaps of a client's octets, one AND the
    other, leave the filters that match; the lowest bit is the first of them.

    A client meets two lists, the system's and its connection's (`combine`).

Rules:
    A client whose IPv6 address holds an IPv4 one is that IPv4 client. ``*`` alone is
    everybody, of both kinds.

Limits:
    10,000 filters: 1 to 6 us a look-up; 50 ms to compile, IPv6 150 ms; 1 MB, 4 MB.

Manual: 4.8, 5.2, 5.4; DECISIONS 8, 9.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

from mailmax.settings.field import BadValue

Kind = Literal["permitted", "trusted", "banned", "custom"]
KINDS: tuple[Kind, ...] = ("permitted", "trusted", "banned", "custom")

NO_RELAY_CHECK = 1
"""Not looked for in any list of open relays."""
MAY_RELAY = 2
"""Hands in mail for anywhere."""
LOCAL_ONLY = 4
"""Hands in mail for users here and nobody else, whoever logs in."""
NO_LOGIN_NEEDED = 8
"""Need not log in where others must."""
ALL_FLAGS = NO_RELAY_CHECK | MAY_RELAY | LOCAL_ONLY | NO_LOGIN_NEEDED

LONGEST_PATTERN = 100
_ANY = (0, 255)
_MAPPED = bytes(10) + b"\xff\xff"

Span = tuple[int, int]
"""Lowest and highest value of an octet."""


@dataclass(frozen=True, slots=True)
class Access:
    """What holds for a client before it has said anything."""

    kind: Kind = "permitted"
    flags: int = 0
    """Of a custom one: `NO_RELAY_CHECK` and the others, added up."""
    at_home: bool = False
    """It is a program of this computer, and this computer's are trusted."""
    is_member: bool = False
    """It is another system of the cluster, which asked of its clients what we do."""

    @property
    def is_banned(self) -> bool:
        """It is disconnected at once."""
        return self.kind == "banned"

    @property
    def is_trusted(self) -> bool:
        """Nothing is asked of it."""
        return self.kind == "trusted"

    @property
    def is_exempt(self) -> bool:
        """No login delay; logs in without TLS; and whatever `is_spared` says."""
        return self.at_home or self.kind == "trusted"

    @property
    def is_spared(self) -> bool:
        """No limit by address, no tarpit, no questions about it to the DNS."""
        return self.is_member or self.is_exempt

    @property
    def may_relay(self) -> bool:
        """It hands in mail for anywhere."""
        return self.kind == "trusted" or bool(self.flags & MAY_RELAY)

    @property
    def local_only(self) -> bool:
        """It hands in mail for users here alone."""
        return bool(self.flags & LOCAL_ONLY)

    @property
    def needs_no_login(self) -> bool:
        """It need not log in where others must."""
        return self.kind == "trusted" or bool(self.flags & NO_LOGIN_NEEDED)

    @property
    def skips_relay_check(self) -> bool:
        """It is not looked for in any list of open relays."""
        return self.kind == "trusted" or bool(self.flags & NO_RELAY_CHECK)


PERMITTED = Access()
TRUSTED = Access("trusted")
BANNED = Access("banned")
AT_HOME = Access(at_home=True)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Addresses of a filter, octet by octet."""

    text: str
    """In its one written form."""
    four: tuple[Span, ...] | None = None
    """Of IPv4 addresses; None: it matches none."""
    sixteen: tuple[Span, ...] | None = None
    """Of IPv6 addresses."""


EVERYBODY = Pattern("*", (_ANY,) * 4, (_ANY,) * 16)


@lru_cache(65_536)
def read_pattern(text: str) -> Pattern | BadValue:
    """Read what an administrator typed: four numbers, a prefix, an address, ``*``."""
    stripped = text.strip()
    if not stripped:
        return BadValue("ip", "it is empty", "give a complete address, a range, or *")
    if len(stripped) > LONGEST_PATTERN:
        return _bad(stripped, "it is too long")
    if stripped == "*":
        return EVERYBODY
    if ":" in stripped:
        return _read_network(stripped, 6)
    if "/" in stripped:
        return _read_network(stripped, 4)
    return _read_numbers(stripped)


def _read_numbers(text: str) -> Pattern | BadValue:
    """Read four numbers, each a value, a range or ``*``."""
    parts = text.split(".")
    if len(parts) != 4:
        return _bad(text, "it does not have four numbers")
    spans = []
    for part in parts:
        span = _read_span(part)
        if span is None:
            return _bad(text, f"{part[:20]!r} is no number from 0 to 255 and no range")
        if span[0] > span[1]:
            cure = f"give the lower number first: {span[1]}-{span[0]}"
            return BadValue("ip", f"the range {part} goes from high to low", cure)
        spans.append(span)
    return Pattern(".".join(map(_span_text, spans)), four=tuple(spans))


def _read_span(part: str) -> Span | None:
    if part == "*":
        return _ANY
    low, dash, high = part.partition("-")
    first, last = _read_octet(low), _read_octet(high if dash else low)
    return None if first is None or last is None else (first, last)


def _read_octet(text: str) -> int | None:
    """Read 0 to 255; a zero in front may mean octal elsewhere, so it is none."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 3:
        return None
    value = int(text)
    return value if value <= 255 and str(value) == text else None


def _span_text(span: Span) -> str:
    low, high = span
    if span == _ANY:
        return "*"
    return str(low) if low == high else f"{low}-{high}"


def _read_network(text: str, version: Literal[4, 6]) -> Pattern | BadValue:
    """Read an address with or without a prefix."""
    address, slash, bits = text.partition("/")
    network = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    try:
        found = network(text, strict=False)
        given = ipaddress.ip_address(address)
    except ValueError:
        return _bad(text, "it is no address and no prefix")
    if (slash and not bits.isdecimal()) or "%" in text:
        return _bad(text, "it is no address and no prefix")
    length = found.prefixlen
    packed = found.network_address.packed
    if version == 6 and packed.startswith(_MAPPED) and length >= 96:
        inner = ".".join(map(str, packed[12:]))
        return _read_network(f"{inner}/{length - 96}", 4)
    whole = found.max_prefixlen
    if slash and found.network_address != given:
        cure = f"give {found.network_address.compressed}/{length}"
        return BadValue("ip", f"{text} has bits set behind the prefix", cure)
    spans = tuple(_prefix_span(octet, at, length) for at, octet in enumerate(packed))
    written = found.network_address.compressed
    written = written if length == whole else f"{written}/{length}"
    if version == 4:
        return Pattern(written, four=spans)
    return Pattern(written, sixteen=spans)


def _prefix_span(octet: int, at: int, length: int) -> Span:
    """Return the range of one octet of a prefix."""
    free = 8 - min(8, max(0, length - 8 * at))
    return octet, octet | ((1 << free) - 1)


def _bad(text: str, reason: str) -> BadValue:
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    return BadValue(
        "ip",
        f"{shown!r}: {reason}",
        "give four numbers as in 192.168.1.20, 192.168.1.1-20 or 192.168.1.*, an IPv6 "
        "address, a prefix as in 10.0.0.0/8, or * for everybody",
    )


def check_flags(kind: str, flags: int) -> BadValue | None:
    """Say what is wrong with the flags of a filter."""
    if kind not in KINDS:
        return BadValue(
            "kind", f"{kind[:20]!r} is none of them", f"give one of: {', '.join(KINDS)}"
        )
    if flags & ~ALL_FLAGS:
        return BadValue("flags", "some are not known", "give those that are listed")
    if flags and kind != "custom":
        return BadValue("flags", f"{kind} has none", "make the filter custom")
    if kind == "custom" and not flags:
        return BadValue(
            "flags",
            "there are none: a custom filter without any is like a permitted one",
            "give what it grants, or make the filter permitted",
        )
    if flags & LOCAL_ONLY and flags & MAY_RELAY:
        return BadValue(
            "flags",
            "local e-mail only and relaying exclude each other",
            "choose one of the two",
        )
    return None


@lru_cache(8_192)
def octets_of(peer: str) -> bytes:
    """Return a client's address as four or sixteen octets; none: it has no address."""
    if peer.count(".") == 3 and ":" not in peer:
        try:
            return bytes(map(int, peer.split(".")))
        except ValueError:
            return b""
    try:
        packed = ipaddress.ip_address(peer.partition("%")[0]).packed
    except ValueError:
        return b""
    return packed[12:] if packed.startswith(_MAPPED) else packed


def matches(pattern: Pattern, octets: bytes) -> bool:
    """Tell whether a filter holds the address of those octets (`octets_of`)."""
    spans = pattern.four if len(octets) == 4 else pattern.sixteen
    return bool(octets and spans) and all(
        low <= octet <= high
        for (low, high), octet in zip(spans or (), octets, strict=True)
    )


class FilterList:
    """Filters in their order, compiled."""

    __slots__ = ("_four", "_sixteen")

    def __init__(self, filters: Iterable[tuple[Pattern, Access]]) -> None:
        """Compile.

        Args:
            filters: The first that matches decides.
        """
        every = tuple(filters)
        self._four = _Family(4, [(p.four, a) for p, a in every if p.four is not None])
        self._sixteen = _Family(
            16, [(p.sixteen, a) for p, a in every if p.sixteen is not None]
        )

    def match(self, octets: bytes) -> Access | None:
        """Return what the first filter says that matches; None: none does.

        Args:
            octets: Of `octets_of`.
        """
        if len(octets) == 4:
            return self._four.match(octets)
        return self._sixteen.match(octets) if octets else None


class _Family:
    """The filters of one kind of address."""

    __slots__ = ("_accesses", "_maps")

    def __init__(
        self, width: int, filters: Sequence[tuple[tuple[Span, ...], Access]]
    ) -> None:
        self._accesses = [access for _, access in filters]
        self._maps = [
            bitmaps([spans[at] for spans, _ in filters]) for at in range(width)
        ]

    def match(self, octets: bytes) -> Access | None:
        left = -1
        for by_value, octet in zip(self._maps, octets, strict=True):
            left &= by_value[octet]
            if not left:
                return None
        return self._accesses[(left & -left).bit_length() - 1]


def bitmaps(spans: Sequence[Span]) -> list[int]:
    """Return for each value of an octet the bitmap of the spans that hold it."""
    if all(span == _ANY for span in spans):
        return [(1 << len(spans)) - 1] * 256
    turning: list[list[int]] = [[] for _ in range(256)]
    for number, (low, high) in enumerate(spans):
        turning[low].append(number)
        if high < 255:
            turning[high + 1].append(number)
    found = []
    now = 0
    for numbers in turning:
        if numbers:
            now ^= _bits(numbers, len(spans))
        found.append(now)
    return found


def _bits(numbers: Sequence[int], total: int) -> int:
    bits = bytearray(total // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def combine(system: Access | None, own: Access | None) -> Access:
    """Put together what the system's list and the connection's say (DECISIONS 9).

    Args:
        system: First match of the system's list; None: nothing matches.
        own: The same of the connection's.
    """
    for found in (system, own):
        if found is not None and found.is_banned:
            return found
    return own or system or PERMITTED


@cache
def with_home(access: Access) -> Access:
    """Return the same for a program of this computer, where those are trusted."""
    return replace(access, at_home=True)


@cache
def with_member(access: Access) -> Access:
    """Return the same for another system of the cluster."""
    return replace(access, is_member=True)
