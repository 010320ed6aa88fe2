"""BODY[section]: which octets of a message a section names.

Theory:
    A section is a path of part numbers and a word ("", HEADER, TEXT, MIME). It is
    looked up in the fragment's table of places, so that a piece of a large message
    is served without the message being scanned again.

    A number asked of a *message* counts the parts of its multipart, or is 1 for its
    only body; asked of a *part* it goes into the multipart, or into the message
    inside.

Standards:
    RFC 3501 §6.4.5 (section-spec), §7.4.2; RFC 2045 §2.6 (entities).
"""

import re
from collections.abc import Sequence

from mailmax.message import fragment
from mailmax.message.fragment import Kind, Place
from mailmax.message.header import (
    FIELD_LIMIT_OCTETS,
    FIELDS_LIMIT,
    HEADER_LIMIT_OCTETS,
    find_end,
)

_NUMBERS_LIMIT = 100

_WHOLE_FIELD = re.compile(
    rb"\n(([!-9;-~]++)[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+)",
)


def find(
    places: Sequence[Place], numbers: Sequence[int], text: str = ""
) -> tuple[int, int] | None:
    """Return start and end of a section, or None when there is no such part.

    Args:
        places: Of `fragment.places`.
        numbers: The path, empty for the message itself.
        text: "", "HEADER", "TEXT" or "MIME", in upper case.
    """
    if not numbers:
        return _of_message(places[0], text)
    found = _walk(places, numbers)
    if found is None:
        return None
    place = places[found]
    if text == "":
        return place.body_start, place.end
    if text == "MIME":
        return place.header_start, place.body_start
    if place.kind != Kind.MESSAGE:
        return None
    inside = _children(places, found)
    return _of_message(places[inside[0]], text) if inside else None


def _of_message(place: Place, text: str) -> tuple[int, int] | None:
    if text == "":
        return place.header_start, place.end
    if text == "HEADER":
        return place.header_start, place.body_start
    return (place.body_start, place.end) if text == "TEXT" else None


def _walk(places: Sequence[Place], numbers: Sequence[int]) -> int | None:
    if len(numbers) > _NUMBERS_LIMIT:
        return None
    at = 0
    as_message = True
    for number in numbers:
        if not as_message and places[at].kind == Kind.MESSAGE:
            at = _children(places, at)[0]
            as_message = True
        if places[at].kind == Kind.MULTIPART:
            children = _children(places, at)
            if not 1 <= number <= len(children):
                return None
            at = children[number - 1]
        elif not as_message or number != 1:
            return None
        as_message = False
    return at


def _children(places: Sequence[Place], parent: int) -> list[int]:
    return [index for index, place in enumerate(places) if place.parent == parent]


def part(made: bytes, numbers: Sequence[int], text: str = "") -> tuple[int, int] | None:
    """Return start and end of a section by a message's fragment."""
    return find(fragment.places(made), numbers, text)


def header_fields(
    header: bytes, names: frozenset[bytes], *, others: bool = False
) -> bytes:
    """Return the chosen fields as they stand, then an empty line.

    Args:
        header: A header, with or without its empty line.
        names: In lower case.
        others: Return all but these (HEADER.FIELDS.NOT).
    """
    block = b"\n" + header[: min(find_end(header), HEADER_LIMIT_OCTETS)]
    found = [
        whole[:FIELD_LIMIT_OCTETS]
        for whole, name in _WHOLE_FIELD.findall(block)[:FIELDS_LIMIT]
        if (name.lower() in names) is not others
    ]
    return b"\n".join([*found, b"\r\n"])
