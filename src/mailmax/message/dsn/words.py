"""What a report says to people: what happened, what they can do, who said so.

Theory:
    A person reads the subject and the first lines. So there stands in plain words what
    became of the message and why, by class of the status code (RFC 3463), then what
    can be done about it; the words of the remote server come after that, quoted.

Rules:
    Nothing that a stranger wrote stands in a line without a mark before it: addresses
    in angle brackets, the original's subject in quotation marks, replies behind ``>``.
    Words never blame anybody and promise nothing.

Standards:
    RFC 3463 §3 (status codes), RFC 3461 §6.1, RFC 3464 §1.1.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from mailmax.message import dates
from mailmax.message.dsn import text
from mailmax.message.dsn.report import Action, RecipientStatus, Report

_SUBJECT_CHARACTERS: Final = 120


class Reason(NamedTuple):
    """What a class of status codes means to people."""

    short: str
    """For the subject line."""
    what: str
    advice: str


_ASK = "Ask the recipient in another way, if it is urgent."
_ELSEWHERE = "If it is important, reach the recipient in another way."
_NO_USER = Reason(
    "there is no such address",
    "There is no mailbox with this address.",
    "Look for a typing error in it, and ask the recipient for the right one.",
)
_NO_HOST = Reason(
    "the domain was not found",
    "The part of the address behind the @ leads to no mail server.",
    "Look for a typing error in it, and ask the recipient for the right one.",
)
_NO_MAIL = Reason(
    "the domain takes no mail",
    "The owner of the part behind the @ says that it takes no mail at all.",
    "Ask the recipient for another address.",
)
_BAD_ADDRESS = Reason(
    "the address is not valid",
    "The address cannot be understood by the server that would have to know it.",
    "Look for a typing error in it, and ask the recipient for the right one.",
)
_CLOSED = Reason(
    "the mailbox takes no mail",
    "The mailbox is there, but it takes no mail at present.",
    _ASK,
)
_FULL = Reason(
    "the mailbox is full",
    "The recipient's mailbox is full.",
    "Send it again in some days, or tell the recipient in another way.",
)
_LARGE = Reason(
    "it is too large",
    "The message is larger than the recipient's side takes.",
    "Send it with smaller attachments, in parts, or as a link.",
)
_NO_ANSWER = Reason(
    "the server does not answer",
    "The recipient's mail server could not be reached.",
    "Nothing is wrong with your message. " + _ELSEWHERE,
)
_LOOP = Reason(
    "it went round in a circle",
    "The servers on the way hand the message to each other in a circle.",
    "Whoever runs the recipient's mail has to mend that. " + _ASK,
)
_LATE = Reason(
    "it could not be delivered in time",
    "It was tried again and again, and the time for that is over.",
    "Send it again later. " + _ELSEWHERE,
)
_FORM = Reason(
    "the other side cannot take it as it is",
    "The recipient's mail server cannot handle a message of this form.",
    "Send it as plain text with an address in plain letters, if that is possible.",
)
_REFUSED = Reason(
    "the other side refused it",
    "The recipient's mail server refused the message by its rules.",
    "What it said is below; it may be about the content, about links or attachments, "
    "or about the server that you send by. " + _ASK,
)
_TROUBLE = Reason(
    "the other side has a problem",
    "The system that keeps the recipient's mail has a problem of its own.",
    "Nothing is wrong with your message. " + _ELSEWHERE,
)
_DAMAGED = Reason(
    "the message was damaged",
    "The message could not be read any more when it was to be sent.",
    "Please send it again.",
)
_GIVEN_UP = Reason(
    "it was given up here",
    "The administrator of this mail system took the message out of the queue.",
    "Ask the administrator before you send it again. " + _ELSEWHERE,
)
_NO_PROMISE = Reason(
    "it could not be promised in time",
    "The message was to be there by a certain time or come back, and the next mail "
    "server makes no such promise.",
    "Send it again without a time. " + _ELSEWHERE,
)
_NO_TLS = Reason(
    "it could not be sent encrypted all the way",
    "The message was to go over proved encryption (TLS) or not at all, and the way to "
    "the recipient does not offer that.",
    "Send it again without that wish, if it may be read on the way. " + _ASK,
)
_UNKNOWN = Reason(
    "it was not accepted",
    "The message was not accepted.",
    _ASK,
)

_REASONS: Final = {
    "1.1": _NO_USER, "1.2": _NO_HOST, "1.3": _BAD_ADDRESS, "1.4": _BAD_ADDRESS,
    "1.6": _NO_USER, "1.7": _REFUSED, "1.8": _REFUSED, "1.10": _NO_MAIL,
    "2.0": _TROUBLE, "2.1": _CLOSED, "2.2": _FULL, "2.3": _LARGE, "2.4": _TROUBLE,
    "3.0": _TROUBLE, "3.1": _FULL, "3.2": _TROUBLE, "3.3": _FORM, "3.4": _LARGE,
    "4.1": _NO_ANSWER, "4.2": _NO_ANSWER, "4.3": _NO_ANSWER, "4.4": _NO_HOST,
    "4.5": _TROUBLE, "4.6": _LOOP, "4.7": _LATE,
    "7.30": _NO_TLS,
}  # fmt: skip
_SUBJECTS: Final = {"5": _TROUBLE, "6": _FORM, "7": _REFUSED}
"""By the second number alone, where the third says nothing to people."""
_OLD_CODES: Final = {"552": _LARGE, "551": _NO_USER, "553": _BAD_ADDRESS}
"""For servers that give no enhanced code (RFC 5321 §4.2.3)."""

_OURS: Final = (
    (_TROUBLE, "damaged", _DAMAGED),
    (_REFUSED, "given up by the administrator", _GIVEN_UP),
    (_FORM, "promise delivery in time", _NO_PROMISE),
)
"""What our own words make of a reason, where no remote server spoke."""

_NOT_YET: Final = "The recipient's mail server does not take the message yet."
"""What a rule means to people that holds for a while, as greylisting does."""

_HEADINGS: Final = {
    Action.FAILED: "could not be delivered to:",
    Action.DELAYED: "has not been delivered yet to:",
    Action.RELAYED: "was passed on for:",
    Action.EXPANDED: "was sent on to several addresses for:",
    Action.DELIVERED: "was delivered to:",
}
_TITLES: Final = {
    Action.FAILED: "Undelivered mail",
    Action.DELAYED: "Delayed mail",
    Action.RELAYED: "Mail was passed on",
    Action.EXPANDED: "Mail was sent on",
    Action.DELIVERED: "Mail was delivered",
}
_SAID_ALL: Final = {
    Action.RELAYED: "The server that took it sends no confirmations, so this is the "
    "last that you hear of it unless something goes wrong.",
    Action.EXPANDED: "The recipient has it sent on; of the further way you hear only "
    "if something goes wrong.",
    Action.DELIVERED: "It lies in the mailbox. That does not say that it was read.",
}


def subject(report: Report) -> str:
    """Return the subject line: ASCII."""
    worst = worst_of(report.recipients)
    chosen = [one for one in report.recipients if one.action is worst]
    title = _TITLES[worst]
    if report.postmaster:
        title = f"Postmaster: {title.lower()}"
    if worst is Action.DELAYED:
        return f"{title}: delivery is still being tried"
    if worst is not Action.FAILED:
        return title
    shorts = {reason_of(one).short for one in chosen}
    short = shorts.pop() if len(shorts) == 1 else "it could not be delivered"
    return f"{title}: {short}"


def worst_of(recipients: Sequence[RecipientStatus]) -> Action:
    """Return the action that matters most to the sender."""
    found = {one.action for one in recipients}
    return next((action for action in Action if action in found), Action.FAILED)


def for_people(report: Report, title: str, *, is_whole: bool) -> bytes:
    """Write the first part.

    Args:
        report: What is said.
        title: Subject of the message it is about; may be empty.
        is_whole: All of the message comes back, not only its header.
    """
    lines = _opening(report)
    whose = "The message" if report.postmaster else "Your message"
    shown = text.shown(title)[:_SUBJECT_CHARACTERS]
    named = f'{whose} "{shown}"' if shown else whose
    for action in Action:
        chosen = [one for one in report.recipients if one.action is action]
        if not chosen:
            continue
        lines += [*text.wrapped(f"{named} {_HEADINGS[action]}"), ""]
        for one in chosen:
            lines += [*_recipient(one), ""]
        if action in _SAID_ALL:
            lines += [*text.wrapped(_SAID_ALL[action]), ""]
    returned = f"{whose} is" if is_whole else f"The header of {whose.lower()} is"
    lines += [f"{returned} at the end of this report.", ""]
    return "\r\n".join(lines).encode("utf-8", "replace")


def reason_of(one: RecipientStatus) -> Reason:
    """Return what a status means to people."""
    _, _, detail = one.status.partition(".")
    found = _REASONS.get(detail)
    if found is None:
        found = _SUBJECTS.get(detail.partition(".")[0], _UNKNOWN)
    if found is _UNKNOWN:
        found = _OLD_CODES.get(one.diagnostic[:3], _UNKNOWN)
    if one.remote_mta:
        return found
    ours = (own for was, said, own in _OURS if found is was and said in one.diagnostic)
    return next(ours, found)


def _opening(report: Report) -> list[str]:
    lines = [f"This is the mail system at {text.host(report.host).decode()}.", ""]
    if not report.postmaster:
        return lines
    sender = text.shown(report.reverse_path)[: text.HARD_CHARACTERS]
    if sender:
        lines += ["The sender was told; this copy is for the postmaster.", ""]
        return [*lines, f"  Sender: <{sender}>", ""]
    lines += text.wrapped(
        "This is for the postmaster: nobody else can be told, because the message "
        "came without a return address (it is a report or an automatic answer itself)."
    )
    return [*lines, ""]


def _recipient(one: RecipientStatus) -> list[str]:
    lines = [f"  <{text.shown(one.address)[: text.HARD_CHARACTERS]}>"]
    original = text.shown(text.split_original(one.original)[1])
    if original and original.lower() != text.shown(one.address).lower():
        cut = original[: text.HARD_CHARACTERS]
        lines.append(f"  (you wrote to <{cut}>; it was sent on from there)")
    if one.action in _SAID_ALL:
        return lines
    lines += ["", *(line for words in _why(one) for line in _indented(words))]
    if one.retry_until_s is not None:
        until = dates.format_rfc5322(one.retry_until_s).decode()
        lines += _indented(f"It will be tried until {until}.")
        lines += _indented("If it has not been delivered by then, you are told.")
    said = text.shown(one.diagnostic)[: text.DIAGNOSTIC_LIMIT]
    if said:
        who = text.shown(one.remote_mta)[: text.HARD_CHARACTERS // 2]
        heading = f"The server {who} said:" if who else "In detail:"
        lines += ["", *_indented(heading)]
        lines += [f"  > {line}" for line in text.wrapped(said)]
    return lines


def _why(one: RecipientStatus) -> tuple[str, ...]:
    """Return what happened, and what can be done about it."""
    reason = reason_of(one)
    if one.action is not Action.DELAYED:
        return reason.what, reason.advice
    if one.diagnostic.startswith("5"):  # refused for good, and tried all the same
        return reason.what, reason.advice, "Until then it is tried again by itself."
    what = _NOT_YET if reason is _REFUSED else reason.what
    return what, "You need not do anything: it will be tried again by itself."


def _indented(sentence: str) -> list[str]:
    return [f"  {line}" for line in text.wrapped(sentence)]
