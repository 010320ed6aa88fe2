"""The arguments of commands: octets to events, or a reply that refuses.

Theory:
    Parameters that few clients give have a module of their own (`parameters`).

Rules:
    Who is refused for a parameter hears which: by its name where it is one that we
    know, else by its place; what the client sent is never said back.

Standards:
    RFC 5321 §4.1.1.2 and §4.1.1.3, RFC 1870 (SIZE), RFC 6152 (BODY), RFC 6531
    (SMTPUTF8), RFC 4954 §5 (AUTH=), RFC 3030 §2 (BDAT), RFC 1985 §5.1 (ETRN).
"""

from collections.abc import Iterable

from mailmax.base.address import Address
from mailmax.wire.smtp import parameters as extensions
from mailmax.wire.smtp import replies
from mailmax.wire.smtp.commands import Etrn, MailFrom, RcptTo
from mailmax.wire.smtp.grammar import (
    DOMAIN_LIMIT,
    SyntaxFault,
    decode_xtext,
    name_parameter,
    parse_domain,
    parse_mailbox,
    parse_number,
    parse_parameters,
    split_path,
)
from mailmax.wire.smtp.replies import Reply

_WORD = bytes(range(33, 127))
SIZE_CEILING = 1 << 40
_BODY_TYPES = {b"7BIT": "7BIT", b"8BITMIME": "8BITMIME"}
_OFFERED = {
    (encrypted, may_hold): extensions.OF_MAIL
    | (frozenset({extensions.REQUIRE_TLS}) if encrypted else frozenset())
    | (extensions.HOLDING if may_hold else frozenset())
    for encrypted in (False, True)
    for may_hold in (False, True)
}
"""Keywords that are read elsewhere: on an encrypted line or not, for ours or not."""


def read_hello(argument: bytes) -> str | Reply:
    """Read what follows HELO, EHLO or LHLO; any printable word will do."""
    if not argument or len(argument) > DOMAIN_LIMIT or argument.translate(None, _WORD):
        return replies.SYNTAX
    return argument.decode()


def read_mail(
    argument: bytes, *, extended: bool, encrypted: bool, may_hold: bool
) -> MailFrom | Reply:
    """Read what follows MAIL.

    Args:
        argument: All of it.
        extended: The client said EHLO or LHLO.
        encrypted: REQUIRETLS is offered.
        may_hold: FUTURERELEASE is.
    """
    if argument[:5].upper() != b"FROM:":
        return replies.SYNTAX
    try:
        path, rest = split_path(argument[5:])
        parameters = parse_parameters(rest) if rest else {}
        if not parameters:
            return _mail(path, MailFrom(None))
        if not extended:
            return replies.NO_PARAMETERS
        facts = _mail_parameters(parameters, _OFFERED[encrypted, may_hold])
    except SyntaxFault as fault:
        return replies.unreadable(fault.parameter)
    return facts if isinstance(facts, Reply) else _mail(path, facts)


def read_rcpt(argument: bytes, *, extended: bool, smtputf8: bool) -> RcptTo | Reply:
    """Read what follows RCPT."""
    if argument[:3].upper() != b"TO:":
        return replies.SYNTAX
    try:
        path, rest = split_path(argument[3:])
        notices = _rcpt_parameters(rest, smtputf8=smtputf8)
    except SyntaxFault as fault:
        return replies.unreadable(fault.parameter)
    if rest and not extended:
        return replies.NO_PARAMETERS
    if isinstance(notices, Reply):
        return notices
    notify, original = notices
    if path.upper() == b"POSTMASTER":
        return RcptTo(Address(path.decode(), ""), notify, original)
    address = parse_mailbox(path)
    if address is None:
        return replies.BAD_FORWARD_PATH
    if not path.isascii() and not smtputf8:
        return replies.NOT_ASCII
    return RcptTo(address, notify, original)


def read_chunk(argument: bytes, limit: int) -> tuple[int, bool] | Reply:
    """Read what follows BDAT.

    Returns:
        Octets and whether it is the last; or a reply after which nobody knows where
        the next command begins.
    """
    size, _, rest = argument.strip(b" ").partition(b" ")
    last = rest.strip(b" ").upper()
    if last not in (b"", b"LAST"):
        return replies.CHUNK_UNREADABLE
    try:
        octets = parse_number(size, limit)
    except SyntaxFault:
        return replies.CHUNK_UNREADABLE
    if octets > limit:
        return replies.CHUNK_TOO_LARGE
    return octets, last == b"LAST"


def read_etrn(argument: bytes) -> Etrn | Reply:
    """Read what follows ETRN: a domain, ``@`` and a domain, ``#`` and a queue."""
    if argument.startswith(b"#"):
        # Queues have no names here, so nobody may start one.
        return replies.SYNTAX if b" " in argument else replies.NODE_NOT_ALLOWED
    with_subdomains = argument.startswith(b"@")
    domain = parse_domain(argument[1:] if with_subdomains else argument)
    return replies.SYNTAX if domain is None else Etrn(domain, with_subdomains)


def _mail(path: bytes, facts: MailFrom) -> MailFrom | Reply:
    if not path:
        return facts
    address = parse_mailbox(path)
    if address is None:
        return replies.BAD_REVERSE_PATH
    if not path.isascii() and not facts.smtputf8:
        return replies.NOT_ASCII
    return MailFrom(address, facts.size, facts.body_type, facts.smtputf8, facts.asked)


def _rcpt_parameters(rest: bytes, *, smtputf8: bool) -> tuple[str, str] | Reply:
    if not rest:
        return "", ""
    parameters = parse_parameters(rest)
    for keyword in parameters:
        if keyword not in extensions.OF_RCPT:
            return _unknown(keyword, parameters)
    return extensions.read_notices(parameters, smtputf8=smtputf8)


def _mail_parameters(
    parameters: dict[bytes, bytes | None], offered: frozenset[bytes]
) -> MailFrom | Reply:
    size = 0
    body_type = "8BITMIME"
    smtputf8 = is_asked = False
    for keyword, value in parameters.items():
        if keyword == b"SIZE" and value is not None:
            size = _size(value)
        elif keyword == b"BODY" and value is not None and value.upper() in _BODY_TYPES:
            body_type = _BODY_TYPES[value.upper()]
        elif keyword == b"SMTPUTF8" and value is None:
            smtputf8 = True
        elif keyword == b"AUTH" and value is not None:
            _check_author(value)
        elif keyword in offered:
            is_asked = True
        else:
            return _unknown(keyword, parameters)
    asked = extensions.read_asked(parameters) if is_asked else None
    return MailFrom(None, size, body_type, smtputf8, asked)


def _size(value: bytes) -> int:
    try:
        return parse_number(value, SIZE_CEILING)
    except SyntaxFault:
        raise SyntaxFault("SIZE") from None


def _check_author(value: bytes) -> None:
    """Look at AUTH=; whoever submitted it first is not asked for here."""
    try:
        decode_xtext(value)
    except SyntaxFault:
        raise SyntaxFault("AUTH") from None


def _unknown(keyword: bytes, parameters: Iterable[bytes]) -> Reply:
    place = list(parameters).index(keyword) + 1
    return replies.unknown(name_parameter(keyword, place))
