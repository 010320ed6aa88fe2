"""What is wrong with a rule as it stands: each fault with its field and its cure.

Theory:
    Forms ask while a rule is being made, the hub before it is kept. A fault names its
    field as a path: ``name``, ``conditions``, ``conditions.0.text``. That a program may
    be run, that a file may be read and whose an address is, only the hub can tell.

Limits:
    200 characters of a name, 1,000 of a text to look for, 998 of a header's name, 16
    KiB of a reply, 100 addresses of a forward, 50 conditions and 50 actions of a rule.

Manual: 8, 12.
"""

import re
from collections.abc import Iterator
from datetime import date

from mailmax.base.units import GIB, KIB
from mailmax.policy import programs
from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.rule import Rule
from mailmax.settings import kinds
from mailmax.settings.field import BadValue, Checker

MOST_CONDITIONS = 50
MOST_ACTIONS = 50
MOST_ADDRESSES = 100
TEXT_CHARACTERS = 1_000
REPLY_OCTETS = 16 * KIB
_LARGEST_OCTETS = 1024 * GIB
_EXTENSION_CHARACTERS = 100
_MAILBOX_LEVELS = 20
_LEVEL_OCTETS = 255

_name = kinds.one_line(200)
_reply_text = kinds.text(REPLY_OCTETS)
_addresses = kinds.mail_addresses(MOST_ADDRESSES)
_address = kinds.optional(kinds.mail_address)
_line = kinds.one_line(200)

_FIELD_NAME = re.compile(r"[!-9;-~]{1,998}")  # RFC 5322 §3.6.8, §2.1.1
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_Fault = tuple[str, str, str]


def check(rule: Rule) -> list[BadValue]:
    """Return what is wrong with a rule; nothing, when it can be kept."""
    return [BadValue(*fault) for fault in _faults(rule)]


def date_of(text: str) -> date | None:
    """Return the day that a text names, if it has the form of one and exists."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def minute_of(text: str) -> int | None:
    """Return the minute of a day that a text names, if it has the form of one."""
    if _TIME.fullmatch(text) is None:
        return None
    return int(text[:2]) * 60 + int(text[3:])


def _faults(rule: Rule) -> Iterator[_Fault]:
    if not rule.name.strip():
        yield "name", "the rule has no name", "give it one"
    yield from _by_kind(_name, "name", rule.name)
    yield from _counted("conditions", len(rule.conditions), MOST_CONDITIONS)
    yield from _counted("actions", len(rule.actions), MOST_ACTIONS)
    for place, condition in enumerate(rule.conditions[:MOST_CONDITIONS]):
        for field, reason, cure in _of_condition(condition):
            yield f"conditions.{place}.{field}", reason, cure
    for place, action in enumerate(rule.actions[:MOST_ACTIONS]):
        for field, reason, cure in _of_action(action):
            yield f"actions.{place}.{field}", reason, cure


def _counted(field: str, many: int, most: int) -> Iterator[_Fault]:
    if not many:
        yield field, f"the rule has no {field}", "add at least one"
    elif many > most:
        yield field, f"{many} are too many", f"keep at most {most}"


def _by_kind(kind: Checker, field: str, value: object) -> Iterator[_Fault]:
    found = kind(field, value)
    if isinstance(found, BadValue):
        yield found.field, found.reason, found.cure


def _of_condition(  # noqa: C901 - one row a kind
    condition: when.Condition,
) -> Iterator[_Fault]:
    match condition:
        case when.Size():
            yield from _size(condition)
        case when.Date():
            yield from _date(condition)
        case when.DayOfWeek():
            yield from _day(condition)
        case when.Time():
            yield from _time(condition)
        case when.Header():
            yield from _header(condition)
        case when.Body() | when.WholeMail() | when.AttachmentName():
            yield from _sought(condition.text)
        case when.FileType():
            yield from _extension(condition.extension)
        case when.ExternalTest():
            yield from _command(condition.command)
        case when.AnyMessage():
            pass


def _size(size: when.Size) -> Iterator[_Fault]:
    given = {"octets": size.octets}
    if size.comparison == "between":
        given["upper_octets"] = size.upper_octets
    for field, octets in given.items():
        if octets is None:
            yield field, "the size is missing", "give a number of octets"
        elif not 0 <= octets <= _LARGEST_OCTETS:
            yield field, f"{octets} is no size of a message", "give octets from 0 on"
    lower, upper = size.octets, given.get("upper_octets")
    if lower is not None and upper is not None and lower > upper:
        yield "upper_octets", "it is below the first size", "give the smaller first"


def _date(found: when.Date) -> Iterator[_Fault]:
    given = {"date": found.date}
    if found.comparison == "between":
        given["last_date"] = found.last_date
    for field, text in given.items():
        if not text:
            yield field, "the date is missing", "give one like 2024-12-31"
        elif date_of(text) is None:
            yield field, f"{_shown(text)} is no date", "give one like 2024-12-31"
    first, last = date_of(found.date), date_of(given.get("last_date", ""))
    if first is not None and last is not None and first > last:
        yield "last_date", "it is before the first date", "give the earlier first"


def _day(found: when.DayOfWeek) -> Iterator[_Fault]:
    given = {"day": found.day}
    if found.comparison == "between":
        given["last_day"] = found.last_day
    for field, day in given.items():
        if day is None:
            yield field, "the day is missing", "give 1 for Sunday to 7 for Saturday"
        elif not 1 <= day <= 7:
            cure = "give 1 for Sunday to 7 for Saturday"
            yield field, f"{day} is no day of the week", cure


def _time(found: when.Time) -> Iterator[_Fault]:
    given = {"time": found.time}
    if found.comparison == "between":
        given["last_time"] = found.last_time
    for field, text in given.items():
        if not text:
            yield field, "the time is missing", "give one like 17:30"
        elif minute_of(text) is None:
            yield field, f"{_shown(text)} is no time", "give one like 17:30"


def _header(header: when.Header) -> Iterator[_Fault]:
    name = header.name
    if not name.strip():
        yield "name", "the header has no name", "give one like Subject"
    elif ":" in name:
        cure = "leave the colon out: it ends the name in mail"
        yield "name", "a header's name has no colon", cure
    elif _FIELD_NAME.fullmatch(name) is None:
        cure = "give letters, digits and signs of ASCII without spaces"
        yield "name", f"{_shown(name)} is no name of a header", cure
    if header.text:
        yield from _sought(header.text)


def _sought(text: str) -> Iterator[_Fault]:
    if not text.strip():
        yield "text", "the text to look for is blank", "give some"
    elif len(text) > TEXT_CHARACTERS:
        cure = f"give at most {TEXT_CHARACTERS} characters"
        yield "text", "the text to look for is too long", cure


def _extension(extension: str) -> Iterator[_Fault]:
    bare = extension.strip().lstrip(".")
    if not bare:
        yield "extension", "the file type is blank", "give one like exe"
    elif len(bare) > _EXTENSION_CHARACTERS or not bare.isprintable() or "/" in bare:
        reason = f"{_shown(extension)} is no file type"
        yield "extension", reason, "give the end of a file's name, like exe"


def _command(command: str) -> Iterator[_Fault]:
    found = programs.parse("command", command, programs.RULE, needs_one=True)
    if isinstance(found, BadValue):
        yield found.field, found.reason, found.cure


def _of_action(action: do.Action) -> Iterator[_Fault]:
    match action:
        case do.Store():
            yield from _mailbox(action.mailbox)
        case do.Forward():
            yield from _forward(action.addresses)
        case do.RespondText() | do.NoteToSelf():
            yield from _letter(action)
            if not action.text.strip():
                yield "text", "the message is blank", "write what it says"
            yield from _by_kind(_reply_text, "text", action.text)
        case do.RespondFile():
            yield from _letter(action)
            yield from _path(action.path)
        case do.RunProgram():
            yield from _command(action.command)
        case do.Discard() | do.DiscardAttachment() | do.TerminateOtherRules():
            pass


def _mailbox(name: str) -> Iterator[_Fault]:
    levels = name.split("/") if name.strip() else []
    if (
        len(levels) > _MAILBOX_LEVELS
        or not all(level.strip() for level in levels)
        or any(
            len(level.encode("utf-8", "replace")) > _LEVEL_OCTETS for level in levels
        )
        or any(char in "*%" or not char.isprintable() for char in name)
    ):
        cure = "give levels with / between, without * and %"
        yield "mailbox", f"{_shown(name)} is no name of a mailbox", cure


def _forward(addresses: tuple[str, ...]) -> Iterator[_Fault]:
    if not addresses:
        yield "addresses", "the list of forwards is empty", "add at least one address"
    yield from _by_kind(_addresses, "addresses", addresses)
    if any(address != address.strip() for address in addresses):
        yield "addresses", "an address has spaces around it", "leave them out"


def _letter(
    letter: do.RespondText | do.RespondFile | do.NoteToSelf,
) -> Iterator[_Fault]:
    yield from _by_kind(kinds.person_name, "name", letter.name)
    yield from _by_kind(_address, "reply_address", letter.reply_address)
    if letter.reply_address != letter.reply_address.strip():
        yield "reply_address", "it has spaces around it", "leave them out"
    yield from _by_kind(_line, "subject", letter.subject)


def _path(path: str) -> Iterator[_Fault]:
    if not path.strip():
        yield "path", "the file is missing", "give its path"
    elif not path.isprintable() or ".." in path.split("/"):
        yield "path", f"{_shown(path)} is no plain path", "give one without .. in it"


def _shown(text: str) -> str:
    written = repr(text)
    return written if len(written) <= 60 else f"{written[:57]}…"
