r"""One line of a log file: when, where, who, what, in words that cannot be forged.

Theory:
    ``2026-11-27T21:36:12.345+01:00 smtp 4711.17 192.0.2.1 tim@demo.test
    command-heard line="MAIL FROM:<a@b.test>"`` — five words that are ours, the name
    of the event, then its facts as ``name=value``. What was said by anybody else
    stands in quotes, in which quotes and backslashes are escaped, so that a login name
    with ``peer=192.0.2.7`` in it is a login name (TRUST N4). The other form is a JSON
    object a line with the same names.

Rules:
    Whatever does not print is escaped as in JSON: CR, LF, other control characters,
    U+2028, what were no octets of UTF-8 (TRUST N1). A line has at most 4 KiB; facts
    that are too long are cut, with ``…``.
"""

import dataclasses
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, get_args

from mailmax.observe.events.catalogue import Event
from mailmax.observe.events.kinds import Who
from mailmax.observe.events.smtp import ContentHeard

Form = Literal["text", "json"]

LONGEST_LINE: Final = 4096
"""Octets, with the line's end."""
_FOR_FACTS: Final = 3000
_FOR_WHO: Final = 400
_MOST_OCTETS_A_CHARACTER: Final = 12
"""Of a pair of surrogates, as it is escaped."""
_PLAIN = re.compile(r"[A-Za-z0-9._:/@+-]+")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def encode(event: Event, at_s: float, service: str, form: Form) -> bytes:
    """Return the line of an event.

    Args:
        event: What happened.
        at_s: When, in Unix time.
        service: What the service is called in logs.
        form: How it is to look.
    """
    name, keys = _SHAPES[type(event)]
    facts = [(key, getattr(event, key)) for key in keys]
    return _line(at_s, service, event.who, name, facts, form)


def encode_lost(lines: int, at_s: float, service: str, form: Form) -> bytes:
    """Return the line that says that so many lines could not be written."""
    facts = [("lines", lines)]
    return _line(at_s, service, Who(""), "lines-lost", facts, form)


def encode_content(event: ContentHeard, at_s: float) -> Iterator[bytes]:
    """Give a line for each line of content (for the file that holds nothing else)."""
    head = f"{stamp(at_s)} {event.who.session} {event.mail_id} | "
    pieces = event.content.split(b"\n")
    if not pieces[-1]:
        pieces.pop()
    for piece in pieces:
        text = piece.removesuffix(b"\r").decode("utf-8", "surrogateescape")
        yield f"{head}{quote(text, _FOR_FACTS)[1:-1]}\n".encode()


def local(at_s: float) -> datetime:
    """Return a moment in local time, with its distance from UTC."""
    return datetime.fromtimestamp(at_s).astimezone()


def stamp(at_s: float) -> str:
    """Return date and time of day with milliseconds (RFC 3339)."""
    whole_s = int(at_s)
    head, zone = _head(whole_s)
    return f"{head}.{int((at_s - whole_s) * 1000):03d}{zone}"


def quote(text: str, most_octets: int) -> str:
    """Return text in quotes, as one printable word; cut where it is too long."""
    quoted = _quote(text)
    if len(text) * _MOST_OCTETS_A_CHARACTER + 2 <= most_octets:
        return quoted
    while (octets := len(quoted.encode())) > most_octets:
        text = text[: len(text) * most_octets // octets - 4]
        quoted = _quote(text)[:-1] + '…"'
    return quoted


@lru_cache(4)
def _head(whole_s: int) -> tuple[str, str]:
    moment = local(whole_s)
    zone = moment.strftime("%z")
    return moment.strftime("%Y-%m-%dT%H:%M:%S"), f"{zone[:3]}:{zone[3:5]}"


def _line(
    at_s: float,
    service: str,
    who: Who,
    name: str,
    facts: list[tuple[str, Any]],
    form: Form,
) -> bytes:
    texts = sum(isinstance(value, str) for _, value in facts)
    most = _FOR_FACTS // max(1, texts)
    if form == "json":
        ours = (("session", who.session), ("peer", who.peer), ("user", who.user))
        parts = [f'"time":"{stamp(at_s)}","service":"{service}"']
        parts += [f'"{key}":{quote(text, _FOR_WHO)}' for key, text in ours]
        parts.append(f'"event":"{name}"')
        parts += [f'"{key}":{_value(value, most)}' for key, value in facts]
        return ("{" + ",".join(parts) + "}\n").encode()
    told = "".join(f" {key}={_value(value, most)}" for key, value in facts)
    return f"{stamp(at_s)} {service} {_who(who)} {name}{told}\n".encode()


@lru_cache(1_024)
def _who(who: Who) -> str:
    return " ".join(_word(text) for text in (who.session, who.peer, who.user))


def _shape(kind: type[Any]) -> tuple[str, tuple[str, ...]]:
    """Return an event's name in logs, and the names of its facts."""
    names = (field.name for field in dataclasses.fields(kind) if field.repr)
    facts = tuple(name for name in names if name != "who")
    return _CAPITAL.sub("-", kind.__name__).lower(), facts


_SHAPES: Final = {kind: _shape(kind) for kind in get_args(Event)}


def _word(text: str) -> str:
    if not text:
        return "-"
    return (
        text
        if _PLAIN.fullmatch(text) and len(text) < _FOR_WHO
        else quote(text, _FOR_WHO)
    )


def _value(value: Any, most_octets: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quote(value, most_octets)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _quote(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escape(c) for c in text)
    return f'"{text}"'


def _escape(character: str) -> str:
    number = ord(character)
    if number <= 0xFFFF:
        return f"\\u{number:04x}"
    high, low = divmod(number - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
