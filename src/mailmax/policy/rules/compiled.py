"""A list of rules made ready: each condition a function that looks at a message.

Theory:
    What can be known before any message is: dates are read, texts brought into the form
    they are compared in, patterns prepared. A rule's conditions are asked in the order
    of what they cost (a size, a day, a header, names, the header, the body), its
    programs last, so that none is run for a rule that fails anyhow.

    An unfinished condition is never fulfilled, and a rule without any never fires:
    neither can be kept (`check`), but both can be tried.

Rules:
    No text of a user becomes a regular expression (TRUST J8).

Manual: 8.1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailmax.message.caseless import caseless
from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.check import date_of, minute_of
from mailmax.policy.rules.mail import Mail
from mailmax.policy.rules.rule import Rule
from mailmax.policy.rules.wildcard import Wildcard

Test = Callable[[Mail], bool]
_FIELDS = 16
"""Looked at in one step."""
_COMPILED_CHARACTERS = 100
"""Of a pattern, made ready in one step."""

_COSTS: dict[type, int] = {
    when.Header: 1,
    when.FileType: 2,
    when.AttachmentName: 2,
    when.WholeMail: 3,
    when.Body: 3,
}
"""What is not named costs nothing."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """One rule."""

    rule: Rule
    tests: Sequence[Test]
    programs: Sequence[when.ExternalTest]
    """Asked when all tests are passed."""
    terminates: bool


class RuleList:
    """The enabled rules of one scope, in order; to be kept while they are the same."""

    __slots__ = ("rules",)

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Make them ready.

        Args:
            rules: All of the scope, in order.
        """
        self.rules = [_compiled(rule) for rule in rules if rule.enabled]


def _compiled(rule: Rule) -> CompiledRule:
    programs = [one for one in rule.conditions if isinstance(one, when.ExternalTest)]
    others = [one for one in rule.conditions if not isinstance(one, when.ExternalTest)]
    others.sort(key=lambda one: _COSTS.get(type(one), 0))
    tests = [test_of(one) for one in others]
    if not rule.conditions:
        tests = [_never]
    return CompiledRule(
        rule,
        tests,
        programs,
        any(isinstance(action, do.TerminateOtherRules) for action in rule.actions),
    )


def test_of(condition: when.Condition) -> Test:  # noqa: C901, PLR0911 - one row a kind
    """Return the function that looks whether a condition holds; never for programs."""
    match condition:
        case when.AnyMessage():
            return lambda _: True
        case when.Size():
            return _size(condition)
        case when.Date():
            return _date(condition)
        case when.DayOfWeek():
            return _day(condition)
        case when.Time():
            return _time(condition)
        case when.Header():
            return _header(condition)
        case when.Body():
            return _body(condition)
        case when.WholeMail():
            return _whole_mail(condition)
        case when.AttachmentName():
            return _attachment_name(condition)
        case when.FileType():
            return _file_type(condition)
        case when.ExternalTest():
            return _never


def _never(_: Mail) -> bool:
    return False


def _size(size: when.Size) -> Test:
    first, last = size.octets, size.upper_octets
    if first is None or (size.comparison == "between" and last is None):
        return _never
    compare = _SIZES[size.comparison]
    upper = last or 0
    return lambda mail: compare(mail.size_octets, first, upper)


_SIZES: dict[when.SizeComparison, Callable[[int, int, int], bool]] = {
    "equal": lambda value, first, _: value == first,
    "not_equal": lambda value, first, _: value != first,
    "less": lambda value, first, _: value < first,
    "greater": lambda value, first, _: value > first,
    "less_or_equal": lambda value, first, _: value <= first,
    "greater_or_equal": lambda value, first, _: value >= first,
    "between": lambda value, first, last: first <= value <= last,
}
_MOMENTS: dict[when.WhenComparison, Callable[[int, int, int], bool]] = {
    "on": _SIZES["equal"],
    "not_on": _SIZES["not_equal"],
    "on_or_before": _SIZES["less_or_equal"],
    "before": _SIZES["less"],
    "on_or_after": _SIZES["greater_or_equal"],
    "after": _SIZES["greater"],
    "between": _SIZES["between"],
}


def _around(value: int, first: int, last: int) -> bool:
    """Tell whether a value is between two on a circle, both included."""
    if first <= last:
        return first <= value <= last
    return value >= first or value <= last


def _date(found: when.Date) -> Test:
    first, last = date_of(found.date), date_of(found.last_date)
    if first is None or (found.comparison == "between" and last is None):
        return _never
    compare = _MOMENTS[found.comparison]
    begin, end = first.toordinal(), (last or first).toordinal()
    return lambda mail: compare(mail.date.toordinal(), begin, end)


def _day(found: when.DayOfWeek) -> Test:
    first, last = found.day, found.last_day
    if first is None or (found.comparison == "between" and last is None):
        return _never
    compare = _around if found.comparison == "between" else _MOMENTS[found.comparison]
    end = last or first
    return lambda mail: compare(mail.day, first, end)


def _time(found: when.Time) -> Test:
    first, last = minute_of(found.time), minute_of(found.last_time)
    if first is None or (found.comparison == "between" and last is None):
        return _never
    compare = _around if found.comparison == "between" else _MOMENTS[found.comparison]
    end = first if last is None else last
    return lambda mail: compare(mail.minute, first, end)


def _header(header: when.Header) -> Test:
    name = header.name.strip().lower().encode("utf-8", "replace")
    if not name:
        return _never
    needle = caseless(header.text)
    whole_word = header.whole_word
    wanted = not header.does_not_contain

    def test(mail: Mail) -> bool:
        values = mail.text.values(name)
        mail.spend(len(values) // _FIELDS)
        found = any(mail.holds(one, needle, whole_word=whole_word) for one in values)
        return found is wanted

    return test if needle else lambda mail: bool(mail.text.values(name)) is wanted


def _body(body: when.Body) -> Test:
    needle, whole_word = caseless(body.text), body.whole_word
    if not needle:
        return _never
    return lambda mail: mail.body_holds(needle, whole_word=whole_word)


def _whole_mail(whole: when.WholeMail) -> Test:
    needle, whole_word = caseless(whole.text), whole.whole_word
    if not needle:
        return _never

    return lambda mail: (
        mail.header_holds(needle, whole_word=whole_word)
        or mail.body_holds(needle, whole_word=whole_word)
        or mail.names_hold(needle, whole_word=whole_word)
    )


def _attachment_name(wanted: when.AttachmentName) -> Test:
    needle, whole_word = caseless(wanted.text), wanted.whole_word
    if not needle:
        return _never
    if "*" not in needle and "?" not in needle:
        return lambda mail: mail.names_hold(needle, whole_word=whole_word)
    made: list[Callable[[str], bool]] = []  # when it is needed: most mail has no files

    def test(mail: Mail) -> bool:
        if not mail.text.names:
            return False
        if not made:
            mail.spend(len(needle) // _COMPILED_CHARACTERS)
            pattern = Wildcard(needle)
            made.append(pattern.matches_words if whole_word else pattern.matches)
        return mail.has_name(made[0])

    return test


def _file_type(wanted: when.FileType) -> Test:
    bare = caseless(wanted.extension).lstrip(". ").rstrip(". ")
    return (lambda mail: mail.has_type(bare)) if bare else _never
