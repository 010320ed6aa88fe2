"""A rule as a sentence that people read, and its words by what they stand for.

Theory:
    `pieces` gives the sentence in pieces, those that stand for a condition or an action
    with its path (as `check` names it), so that a form can make them links; `summary`
    is the whole. What is not set yet is shown as ``…``. A size stands there as the
    pages write it (`web/src/lib/format.ts`): in the unit that people read it in, and
    where that rounds, in bytes, too, for a rule is exact.

Manual: 8 (Summary).
"""

from collections.abc import Iterator
from typing import NamedTuple

from mailmax.base.units import KIB
from mailmax.policy.rules import action as do
from mailmax.policy.rules import condition as when
from mailmax.policy.rules.outcome import INBOX, mailbox_of
from mailmax.policy.rules.rule import Rule

DAYS = (
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
)
_UNSET = "…"
_SHOWN_CHARACTERS = 60
_SHOWN_ADDRESSES = 3
_UNITS = ("kB", "MB", "GB", "TB")
_SIZES = {
    "equal": "of exactly {}",
    "not_equal": "not of exactly {}",
    "less": "smaller than {}",
    "greater": "larger than {}",
    "less_or_equal": "of at most {}",
    "greater_or_equal": "of at least {}",
    "between": "of {} to {}",
}
_TIMES = {
    "on": "at {}",
    "not_on": "not at {}",
    "on_or_before": "at or before {}",
    "before": "before {}",
    "on_or_after": "at or after {}",
    "after": "after {}",
    "between": "between {} and {}",
}
_DATES = _TIMES | {
    "on": "on {}",
    "not_on": "not on {}",
    "on_or_before": "on or before {}",
    "on_or_after": "on or after {}",
}


_FAILING = {"try_again": "", "true": " (or fails)", "false": " (and does not fail)"}


class Piece(NamedTuple):
    """Some words of the sentence."""

    text: str
    refers_to: str = ""
    """``conditions.0``, ``actions.1``; empty: words that join others."""


def summary(rule: Rule) -> str:
    """Return the sentence."""
    return "".join(piece.text for piece in pieces(rule))


def pieces(rule: Rule) -> list[Piece]:
    """Return the sentence in pieces."""
    return [*_all_of(rule), Piece(".")]


def _all_of(rule: Rule) -> Iterator[Piece]:
    if rule.conditions == (when.AnyMessage(),):
        yield Piece("When a message arrives, ")
        yield Piece("whatever it is", "conditions.0")
    else:
        yield Piece("When a message arrives that ")
        conditions = [_condition(one) for one in rule.conditions] or [_UNSET]
        yield from _joined(conditions, "conditions" if rule.conditions else "")
    yield Piece(": ")
    actions = [_action(one) for one in rule.actions] or [_UNSET]
    yield from _joined(actions, "actions" if rule.actions else "")


def _joined(texts: list[str], path: str) -> Iterator[Piece]:
    for place, text in enumerate(texts):
        if place:
            yield Piece(" and " if place == len(texts) - 1 else ", ")
        yield Piece(text, path and f"{path}.{place}")


def _condition(  # noqa: C901, PLR0911 - one row a kind
    condition: when.Condition,
) -> str:
    match condition:
        case when.Size():
            sizes = size(condition.octets), size(condition.upper_octets)
            return f"is {_SIZES[condition.comparison].format(*sizes)}"
        case when.Date() | when.DayOfWeek() | when.Time():
            return _arrival(condition)
        case when.Header():
            return _header(condition)
        case when.Body():
            return f"has {_sought(condition)} in its body"
        case when.WholeMail():
            return f"has {_sought(condition)} in its header or body"
        case when.AttachmentName():
            return f"has an attachment whose name has {_sought(condition)}"
        case when.FileType():
            bare = condition.extension.strip().lstrip(".")
            return f"has an attachment of type {short(bare)}"
        case when.ExternalTest():
            fails = _FAILING[condition.failing]
            return f"the program {_quoted(condition.command)} finds{fails}"
        case when.AnyMessage():
            return "is any"


def _arrival(condition: when.Date | when.DayOfWeek | when.Time) -> str:
    match condition:
        case when.Date():
            words = _DATES[condition.comparison]
            first, last = short(condition.date), short(condition.last_date)
        case when.Time():
            words = _TIMES[condition.comparison]
            first, last = short(condition.time), short(condition.last_time)
        case when.DayOfWeek():
            words = _DATES[condition.comparison]
            first, last = _day(condition.day), _day(condition.last_day)
    return "comes " + words.format(first, last)


def _header(header: when.Header) -> str:
    name = short(header.name)
    if not header.text:
        return f"has {'no' if header.does_not_contain else 'a'} {name} header"
    verb = "has no" if header.does_not_contain else "has"
    return f"{verb} {_sought(header)} in its {name} header"


def _sought(
    condition: when.Header | when.Body | when.WholeMail | when.AttachmentName,
) -> str:
    kind = "the whole word " if condition.whole_word else ""
    return kind + _quoted(condition.text)


def _action(action: do.Action) -> str:  # noqa: C901, PLR0911 - one row a kind
    match action:
        case do.Store():
            mailbox = mailbox_of(action.mailbox)
            return f"store it in {mailbox if mailbox == INBOX else _quoted(mailbox)}"
        case do.Forward():
            return f"forward a copy to {_addresses(action.addresses)}"
        case do.Discard():
            return "discard it"
        case do.DiscardAttachment():
            return "take its attachments out"
        case do.RespondText():
            return f"answer with {_quoted(action.text)}"
        case do.RespondFile():
            return f"answer with the file {_quoted(action.path)}"
        case do.TerminateOtherRules():
            return "apply no further rules"
        case do.NoteToSelf():
            return f"send me the note {_quoted(action.text)}"
        case do.RunProgram():
            return f"run {_quoted(action.command)}"


def _addresses(addresses: tuple[str, ...]) -> str:
    shown = ", ".join(map(short, addresses[:_SHOWN_ADDRESSES])) or _UNSET
    more = len(addresses) - _SHOWN_ADDRESSES
    return f"{shown} and {more} more" if more > 0 else shown


def size(octets: int | None) -> str:
    """Return a size as people read it.

    >>> size(10_485_760), size(1_500)
    ('10 MB', '1.5 kB (1,500 bytes)')
    """
    if octets is None:
        return _UNSET
    whole = f"{octets:,} {'byte' if octets == 1 else 'bytes'}"
    if octets < KIB:
        return whole
    step = min((octets.bit_length() - 1) // 10, len(_UNITS))
    unit = 1 << 10 * step
    tenths = (20 * octets + unit) // (2 * unit)
    if octets >= 100 * unit:
        tenths = (2 * octets + unit) // (2 * unit) * 10
    number = f"{tenths // 10:,}" + (f".{tenths % 10}" if tenths % 10 else "")
    shown = f"{number} {_UNITS[step - 1]}"
    return shown if tenths * unit == 10 * octets else f"{shown} ({whole})"


def _day(day: int | None) -> str:
    return _UNSET if day is None else DAYS[day - 1] if 1 <= day <= 7 else str(day)


def _quoted(text: str) -> str:
    return f"“{short(text)}”"


def short(text: str) -> str:
    """Return a text as one line that is not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > _SHOWN_CHARACTERS:
        line = line[: _SHOWN_CHARACTERS - 1] + _UNSET
    return line or _UNSET
