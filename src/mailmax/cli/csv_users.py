"""Users in a CSV file: ``address,password,first,last``, no header line needed.

Rules:
    Each line stands for itself: one that cannot be taken (octets that are not UTF-8,
    quotes, number of fields) is named and keeps no other from being taken.

Limits:
    64 MiB, a million lines, 2,000 characters a field.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailmax.base.units import MIB
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.users import ImportRow
from mailmax.settings.field import BadValue

MOST_OCTETS = 64 * MIB
MOST_LINES = 1_000_000
PART_LINES = 2_000
PART_CHARACTERS = 1_000_000
_LONGEST_FIELD = 2_000
_COLUMNS = 4
_HEADERS = frozenset({"address", "email", "e-mail", "mail", "user", "login"})


@dataclass(frozen=True, slots=True)
class UserLine:
    """One user, and where in the file."""

    number: int
    row: ImportRow


@dataclass(frozen=True, slots=True)
class UsersFile:
    """What a file holds."""

    users: list[UserLine]
    refused: list[tuple[int, Denied]]
    """Lines that are no user, by number, and why."""


def read_users(file: Path) -> UsersFile | BadValue:
    """Read a file of users, or say why it cannot be read at all."""
    try:
        if file.stat().st_size > MOST_OCTETS:
            return BadValue(str(file), "it is too large", "split it")
        lines = file.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        return BadValue(str(file), reason, "name another file")
    if len(lines) > MOST_LINES:
        return BadValue(str(file), f"it has more than {MOST_LINES} lines", "split it")
    read = UsersFile([], [])
    for number, line in enumerate(lines, 1):
        match _read(line, is_first=number == 1):
            case Denied() as why:
                read.refused.append((number, why))
            case ImportRow() as row:
                read.users.append(UserLine(number, row))
    return read


def in_parts(lines: Sequence[UserLine]) -> Iterator[list[UserLine]]:
    """Yield the lines in parts that the hub takes at once."""
    part: list[UserLine] = []
    length = 0
    for line in lines:
        row = line.row
        fields = (row.address, row.password.value, row.first_name, row.last_name)
        length += sum(map(len, fields))
        part.append(line)
        if len(part) == PART_LINES or length > PART_CHARACTERS:
            yield part
            part, length = [], 0
    if part:
        yield part


def _read(line: bytes, *, is_first: bool) -> ImportRow | Denied | None:
    """Return the user of a line, or why it is none; None when it says nothing."""
    try:
        # By itself: a quote that is never closed would swallow the lines behind it.
        fields = next(csv.reader([line.decode("utf-8")], strict=True), [])
    except UnicodeDecodeError:
        return _bad("it is not UTF-8", "save the file as UTF-8")
    except csv.Error as error:
        return _bad(f"it is not CSV ({error})", "look at the quotes")
    if not fields or (is_first and fields[0].strip().lower() in _HEADERS):
        return None
    if not 2 <= len(fields) <= _COLUMNS:
        reason = f"it has {len(fields)} field{'s' * (len(fields) > 1)}"
        return _bad(reason, "give address,password,first,last")
    if any(len(field) > _LONGEST_FIELD for field in fields):
        return _bad("a field is too long", "look at it")
    address, password, *names = fields
    return ImportRow(address.strip(), Secret(password), *names)


def _bad(reason: str, cure: str) -> Denied:
    return Denied("bad_value", "", reason, cure)
