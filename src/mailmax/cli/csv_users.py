"""Users in a CSV file: ``address,password,first,last``, no header line needed.

Limits:
    64 MiB, a million lines, 2,000 characters a field.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailmax.base.units import MIB
from mailmax.hub.admin import ImportRow
from mailmax.hub.contract import Secret
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


def read_users(file: Path) -> list[UserLine] | BadValue:
    """Read a file of users, or say what is wrong with it."""
    try:
        if file.stat().st_size > MOST_OCTETS:
            return BadValue(str(file), "it is too large", "split it")
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        return BadValue(str(file), "it is not UTF-8", "save it as UTF-8")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        return BadValue(str(file), reason, "name another file")
    try:
        return _read(text, str(file))
    except csv.Error as error:
        return BadValue(str(file), f"it is not CSV ({error})", "look at the quotes")


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


def _read(text: str, name: str) -> list[UserLine] | BadValue:
    lines: list[UserLine] = []
    for number, fields in _rows(text):
        if not lines and number == 1 and fields[0].lower() in _HEADERS:
            continue
        if not 2 <= len(fields) <= _COLUMNS or len(lines) >= MOST_LINES:
            return BadValue(
                f"{name}, line {number}",
                f"it has {len(fields)} fields",
                "give address,password,first,last",
            )
        if any(len(field) > _LONGEST_FIELD for field in fields):
            return BadValue(
                f"{name}, line {number}", "a field is too long", "look at it"
            )
        address, password, *names = fields
        lines.append(UserLine(number, ImportRow(address, Secret(password), *names)))
    return lines


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of every line that is not empty."""
    reader = csv.reader(text.splitlines(), strict=True)
    for fields in reader:
        if fields:
            first, *rest = fields
            yield reader.line_num, [first.strip(), *rest]
