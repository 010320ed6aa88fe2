"""What people are told about a virus (manual 4.11).

Rules:
    Of the infected message nothing is quoted but addresses; the name of the virus is
    the scanner's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailmax.message.notice import Words

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Case:
    """An infected message."""

    virus: str
    """Its name: printable ASCII."""
    reverse_path: str
    recipients: Sequence[str]
    client: str
    """IP address of who handed it in."""
    place: str
    """Where it is now."""
    is_cleaned: bool
    """The recipients get the rest of it."""


def alert(case: Case) -> Words:
    """Tell an administrator."""
    shown = "".join(f"  {one}\n" for one in case.recipients[:_SHOWN])
    more = len(case.recipients) - _SHOWN
    return Words(
        "Virus found",
        f"A virus was found in a message: {case.virus}\n\n"
        f"From: <{case.reverse_path}>\n"
        f"Client: {case.client or 'none, it was made here'}\n"
        f"For:\n{shown}{f'  and {more} more' if more > 0 else ''}\n"
        f"{_outcome(case)} The message as it came is\n{case.place}.\n",
    )


def to_sender(case: Case) -> Words:
    """Tell a user who sent it."""
    return Words(
        "A virus was found in mail from you",
        f"A virus was found in a message that you sent: {case.virus}\n"
        f"It was for {_first(case)}.\n\n{_outcome(case)}\n\n"
        "Have your computer checked for viruses.\n",
    )


def to_recipient(case: Case) -> Words:
    """Tell a user whom it was for."""
    return Words(
        "A virus was found in mail for you",
        f"A virus was found in a message for you: {case.virus}\n"
        f"It says that it is from <{case.reverse_path}>, which is often not so.\n\n"
        f"{_outcome(case)}\n",
    )


def _outcome(case: Case) -> str:
    if case.is_cleaned:
        return "It was delivered without the infected part."
    return "It was not delivered."


def _first(case: Case) -> str:
    others = len(case.recipients) - 1
    return case.recipients[0] + (f" and {others} others" if others else "")
