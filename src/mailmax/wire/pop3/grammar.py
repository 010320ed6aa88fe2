"""The grammar of POP3 commands: a line to a verb and its arguments.

    command  = verb *(SP argument) CRLF        ; verb of 3 or 4 letters, any case
    PASS     = "PASS" SP 1*OCTET               ; spaces belong to the password
    number   = 1*10DIGIT                       ; message numbers begin at 1

Rules:
    Nothing here raises on content: a parser returns a command or None.
    Digits are ASCII and at most ten: longer numbers never reach `int`.

Standards:
    RFC 1939 §3, §5, §7, §9; RFC 5034 §4 (AUTH).
"""

from collections.abc import Callable, Mapping

from mailmax.wire.pop3.commands import (
    Command,
    Delete,
    List,
    Quit,
    Reset,
    Retrieve,
    StartTls,
    Stat,
    Top,
    Uidl,
)

HTTP_VERBS = frozenset((b"GET", b"POST", b"HEAD", b"PUT", b"CONNECT", b"OPTIONS"))
"""A browser made to talk to us (TRUST A10): the connection ends at once."""


def split(line: bytes) -> tuple[bytes, bytes]:
    """Return the verb in upper case and what stands behind its space."""
    verb, _, rest = line.partition(b" ")
    return verb.upper(), rest


def parse_number(octets: bytes) -> int | None:
    """Return a number of at most ten ASCII digits."""
    return int(octets) if len(octets) <= 10 and octets.isdigit() else None


def _alone(command: Command) -> Callable[[bytes], Command | None]:
    def parse(rest: bytes) -> Command | None:
        return None if rest.strip(b" ") else command

    return parse


def _message(make: Callable[[int], Command]) -> Callable[[bytes], Command | None]:
    def parse(rest: bytes) -> Command | None:
        number = parse_number(rest.strip(b" "))
        return make(number) if number else None

    return parse


def _listing(
    make: Callable[[int | None], Command],
) -> Callable[[bytes], Command | None]:
    one = _message(make)

    def parse(rest: bytes) -> Command | None:
        return one(rest) if rest.strip(b" ") else make(None)

    return parse


def _top(rest: bytes) -> Command | None:
    words = rest.split()
    if len(words) != 2:
        return None
    number, lines = parse_number(words[0]), parse_number(words[1])
    return Top(number, lines) if number and lines is not None else None


PARSERS: Mapping[bytes, Callable[[bytes], Command | None]] = {
    b"STAT": _alone(Stat()),
    b"LIST": _listing(List),
    b"UIDL": _listing(Uidl),
    b"RETR": _message(Retrieve),
    b"TOP": _top,
    b"DELE": _message(Delete),
    b"RSET": _alone(Reset()),
    b"STLS": _alone(StartTls()),
    b"QUIT": _alone(Quit()),
}
"""Verbs whose arguments are all that is needed to make their command."""
