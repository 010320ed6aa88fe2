"""Questions to octets and octets to answers; dnspython is the codec.

Theory:
    A question carries a random id and the name in random letter case ("0x20"): a
    reply must repeat both exactly, which, with a random source port, is what a
    stranger must guess to forge one.

Rules:
    `read_reply` never raises on content: it returns a `Reply`, TRUNCATED, or None
    for octets that do not answer this question.

Limits:
    EDNS payload 1232 octets (DNS flag day 2020: no fragments).

Standards:
    RFC 1035 §4 (messages), RFC 6891 (EDNS), RFC 2308 §5 (TTL of negative answers),
    RFC 5452 §9 (what a reply must match), draft-vixie-dnsext-dns0x20.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import idna

from mailmax.base.dns import MxRecord

EDNS_PAYLOAD: Final = 1232


class Kind(Enum):
    """The record types that are asked for here."""

    A = dns.rdatatype.A
    AAAA = dns.rdatatype.AAAA
    MX = dns.rdatatype.MX
    PTR = dns.rdatatype.PTR
    TXT = dns.rdatatype.TXT


class Truncation(Enum):
    """The one of its kind."""

    TRUNCATED = auto()


TRUNCATED: Final = Truncation.TRUNCATED


@dataclass(frozen=True, slots=True)
class Question:
    """One question, ready to be sent."""

    number: int
    kind: Kind
    name: dns.name.Name
    """In the letter case that the reply must repeat."""
    octets: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that matches its question."""

    failed: bool
    """The server could not say (SERVFAIL, REFUSED and the like): ask another."""
    exists: bool = True
    records: tuple[Any, ...] = ()
    canonical: str = ""
    ttl_s: int = 0
    authenticated: bool = False


FAILED: Final = Reply(failed=True)


def parse_name(text: str) -> dns.name.Name | None:
    """Return a domain name in A-labels, or None where the text cannot be one."""
    ascii_text = text
    if not text.isascii():
        try:
            ascii_text = idna.encode(text).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    try:
        return dns.name.from_text(ascii_text.lower())
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return None


def make_question(
    name: dns.name.Name, kind: Kind, randbits: Callable[[int], int] = secrets.randbits
) -> Question:
    """Write a question with a random id and random letter case."""
    number = randbits(16)
    mixed = dns.name.Name(tuple(_mix_case(label, randbits) for label in name.labels))
    message = dns.message.make_query(
        mixed, kind.value, use_edns=0, payload=EDNS_PAYLOAD, id=number
    )
    return Question(number, kind, mixed, message.to_wire())


def read_reply(question: Question, octets: bytes) -> Reply | Truncation | None:
    """Read what came back for a question."""
    if len(octets) < 12 or int.from_bytes(octets[:2]) != question.number:
        return None
    if not octets[2] & 0x80:
        return None
    if octets[2] & 0x02:
        return TRUNCATED
    try:
        return _read(question, dns.message.from_wire(octets, ignore_trailing=True))
    except Exception:  # noqa: BLE001 - a stranger's octets in a foreign parser
        return None


def _read(question: Question, message: dns.message.Message) -> Reply | None:
    if not isinstance(message, dns.message.QueryMessage):
        return None
    code = message.rcode()
    asked = message.question
    if not asked and code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return FAILED
    if len(asked) != 1 or asked[0].rdtype != question.kind.value:
        return None
    if asked[0].name.labels != question.name.labels:
        return None
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return FAILED
    try:
        chain = message.resolve_chaining()
    except dns.exception.DNSException:  # a chain without end, records of no name
        return FAILED
    return Reply(
        failed=False,
        exists=code == dns.rcode.NOERROR,
        records=_values(question.kind, chain.answer or ()),
        canonical=host_text(chain.canonical_name),
        ttl_s=_ttl(message, chain),
        authenticated=bool(message.flags & dns.flags.AD),
    )


def _ttl(message: dns.message.Message, chain: dns.message.ChainingResult) -> int:
    """Positive: the smallest of the chain. Negative: the SOA's, or not at all."""
    if chain.answer is not None:
        return int(chain.minimum_ttl)
    has_soa = any(rrset.rdtype == dns.rdatatype.SOA for rrset in message.authority)
    return int(chain.minimum_ttl) if has_soa else 0


def _values(kind: Kind, rdatas: Iterable[Any]) -> tuple[Any, ...]:
    match kind:
        case Kind.MX:
            return tuple(
                MxRecord(rdata.preference, host_text(rdata.exchange))
                for rdata in rdatas
            )
        case Kind.PTR:
            return tuple(host_text(rdata.target) for rdata in rdatas)
        case Kind.TXT:
            return tuple(b"".join(rdata.strings) for rdata in rdatas)
        case _:
            return tuple(str(rdata.address) for rdata in rdatas)


def host_text(name: dns.name.Name) -> str:
    """Return a name in lower case without the final dot; the root is empty."""
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")


def _mix_case(label: bytes, randbits: Callable[[int], int]) -> bytes:
    bits = randbits(len(label)) if label else 0
    lower = label.lower()
    return bytes(
        octet - 32 if 97 <= octet <= 122 and bits >> place & 1 else octet
        for place, octet in enumerate(lower)
    )
