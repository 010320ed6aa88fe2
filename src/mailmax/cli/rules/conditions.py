"""``--if``: conditions as people write them at the terminal.

Theory:
    Each form is a row of the how-to; `write_condition` is the way back, so that what
    is shown can be given again.

Manual: 8.1.
"""

from collections.abc import Mapping

from mailmax.cli.rules.words import Kind, Words, quoted, read_words
from mailmax.policy.rules import condition as when
from mailmax.settings.field import BadValue
from mailmax.settings.kinds import octets

_SIGNS: dict[str, when.SizeComparison] = {
    "=": "equal",
    "!=": "not_equal",
    "<": "less",
    ">": "greater",
    "<=": "less_or_equal",
    ">=": "greater_or_equal",
}
_SIGN_OF = {comparison: sign for sign, comparison in _SIGNS.items()}
_DAYS = (
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
)
_WHEN: dict[str, when.WhenComparison] = {
    "on": "on",
    "before": "before",
    "after": "after",
    "between": "between",
}
_SIZE = octets(0, 1 << 50)


def read_condition(option: str, text: str) -> when.Condition | BadValue:
    """Read one condition.

    Args:
        option: How it is called in complaints.
        text: What stands behind ``--if``.
    """
    return read_words(option, text, "condition", _KINDS)


def write_condition(  # noqa: C901, PLR0911 - one row a kind
    condition: when.Condition,
) -> str:
    """Write a condition as it would be read."""
    match condition:
        case when.Size():
            return f"size {_written_size(condition)}"
        case when.Date() | when.Time() | when.DayOfWeek():
            return _written_moment(condition)
        case when.Header():
            return f"header {quoted(condition.name)} {_written_header(condition)}"
        case when.Body():
            return f"body contains {_sought(condition)}"
        case when.WholeMail():
            return f"mail contains {_sought(condition)}"
        case when.AttachmentName():
            return f"attachment named {_sought(condition)}"
        case when.FileType():
            return f"attachment type {quoted(condition.extension)}"
        case when.AnyMessage():
            return "any"
        case when.ExternalTest():
            return f"program {quoted(condition.command)}{_written_failing(condition)}"


# Reading


def _size(words: Words) -> when.Condition:
    if words.take_keyword("between"):
        lower = _octets(words)
        words.expect_keyword("and")
        upper = _octets(words)
        words.end()
        return when.Size("between", lower, upper)
    sign = words.expect_keyword(*_SIGNS)
    limit = _octets(words)
    words.end()
    return when.Size(_SIGNS[sign], limit)


def _octets(words: Words) -> int:
    value = _SIZE("size", words.take("the size"))
    if isinstance(value, BadValue):
        words.fail(value.reason, value.cure)
    return int(value)


def _comparison(words: Words) -> when.WhenComparison:
    first = words.expect_keyword("on", "not", "before", "after", "between")
    if first == "not":
        words.expect_keyword("on")
        return "not_on"
    if first == "on" and words.take_keyword("or"):
        later = words.expect_keyword("before", "after")
        return "on_or_before" if later == "before" else "on_or_after"
    return _WHEN[first]


def _moment(words: Words, what: str) -> tuple[when.WhenComparison, str, str]:
    comparison = _comparison(words)
    first, last = words.take(what), ""
    if comparison == "between":
        words.expect_keyword("and")
        last = words.take(f"the second {what.removeprefix('the ')}")
    words.end()
    return comparison, first, last


def _date(words: Words) -> when.Condition:
    return when.Date(*_moment(words, "the date"))


def _time(words: Words) -> when.Condition:
    return when.Time(*_moment(words, "the time"))


def _day(words: Words) -> when.Condition:
    comparison, first, last = _moment(words, "the day")
    second = None if comparison != "between" else _day_number(words, last)
    return when.DayOfWeek(comparison, _day_number(words, first), second)


def _day_number(words: Words, text: str) -> int:
    named = len(text) > 1 and text.lower()
    for number, name in enumerate(_DAYS, 1):
        if text == str(number) or (named and name.startswith(named)):
            return number
    return words.fail(f"{text[:20]!r} is no day", "give Sunday to Saturday, or 1 to 7")


def _header(words: Words) -> when.Condition:
    name = words.take("the name of the header")
    verb = words.expect_keyword("contains", "lacks", "exists", "is")
    if verb == "exists":
        words.end()
        return when.Header(name)
    if verb == "is":
        words.expect_keyword("missing")
        words.end()
        return when.Header(name, does_not_contain=True)
    text, whole_word = _text(words)
    if not text:
        words.fail("the text is empty", "write exists, or is missing")
    return when.Header(name, text, whole_word, verb == "lacks")


def _body(words: Words) -> when.Condition:
    words.expect_keyword("contains")
    return when.Body(*_text(words))


def _mail(words: Words) -> when.Condition:
    words.expect_keyword("contains")
    return when.WholeMail(*_text(words))


def _attachment(words: Words) -> when.Condition:
    if words.expect_keyword("named", "type") == "type":
        return when.FileType(words.take_last("the file type"))
    return when.AttachmentName(*_text(words))


def _any(words: Words) -> when.Condition:
    words.end()
    return when.AnyMessage()


def _program(words: Words) -> when.Condition:
    command = words.take("the command")
    if not words.take_keyword("failing"):
        words.end()
        return when.ExternalTest(command)
    found = words.expect_keyword("true", "false")
    words.end()
    return when.ExternalTest(command, "true" if found == "true" else "false")


def _text(words: Words) -> tuple[str, bool]:
    """Read a text to look for; ``word`` before it is a keyword, alone it is a text."""
    whole_word = len(words) > 1 and bool(words.take_keyword("word"))
    return words.take_last("the text"), whole_word


_KINDS: Mapping[str, Kind[when.Condition]] = {
    "size": Kind("size > 1M, or size between 10k and 1M (= != < > <= >=)", _size),
    "date": Kind(
        "date before 2024-12-31 (on, not on, on or before, before, on or after, "
        "after), or date between 2024-12-01 and 2024-12-31",
        _date,
    ),
    "day": Kind("day on Monday (as of date), or day between Saturday and Sunday", _day),
    "time": Kind(
        "time after 17:30 (as of date), or time between 22:00 and 06:00", _time
    ),
    "header": Kind(
        'header Subject contains "some words", header Subject lacks word offer, '
        "header X-Spam exists, or header X-Spam is missing",
        _header,
    ),
    "body": Kind('body contains "some words", or body contains word offer', _body),
    "mail": Kind('mail contains "some words", or mail contains word offer', _mail),
    "attachment": Kind(
        "attachment named *.exe, attachment named word invoice, or attachment type exe",
        _attachment,
    ),
    "any": Kind("any", _any),
    "program": Kind(
        'program "/usr/bin/test %F", or program "/usr/bin/test %M" failing true '
        "(or failing false)",
        _program,
    ),
}
KEYWORDS = tuple(_KINDS)


# Writing


def _written_size(size: when.Size) -> str:
    if size.comparison == "between":
        return f"between {size.octets} and {size.upper_octets}"
    return f"{_SIGN_OF[size.comparison]} {size.octets}"


def _written_moment(found: when.Date | when.Time | when.DayOfWeek) -> str:
    match found:
        case when.Date():
            kind, first, last = "date", found.date, found.last_date
        case when.Time():
            kind, first, last = "time", found.time, found.last_time
        case when.DayOfWeek():
            kind, first, last = "day", _day_name(found.day), _day_name(found.last_day)
    verb = found.comparison.replace("_", " ")
    if found.comparison == "between":
        return f"{kind} {verb} {first} and {last}"
    return f"{kind} {verb} {first}"


def _day_name(number: int | None) -> str:
    return "" if number is None else _DAYS[number - 1].capitalize()


def _written_header(header: when.Header) -> str:
    if not header.text:
        return "is missing" if header.does_not_contain else "exists"
    return f"{'lacks' if header.does_not_contain else 'contains'} {_sought(header)}"


def _written_failing(asked: when.ExternalTest) -> str:
    return "" if asked.failing == "try_again" else f" failing {asked.failing}"


def _sought(
    found: when.Header | when.Body | when.WholeMail | when.AttachmentName,
) -> str:
    return f"{'word ' if found.whole_word else ''}{quoted(found.text)}"
