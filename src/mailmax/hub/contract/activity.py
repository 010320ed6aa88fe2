"""How busy services are: what they tell, and what administrators see (HUB-7, ACT-1).

Theory:
    A service counts, and tells every ten seconds what has come since. A report has a
    number; it is told again under that number until it is answered, and the hub takes
    it once. A moment is told as seconds ago, so that no clock must agree with another
    (TRUST D14).

Limits:
    An hour in steps of 10 s, half a day and a day of 1 min, a week of 15 min: at most
    1,440 values a series.

Manual: 2.6.
"""

from typing import Final, Literal

import msgspec

from mailmax.hub.contract.message import Denied, Done, Message, Request

MOST_SLOTS: Final = 400
"""In one report."""

Range = Literal["hour", "12h", "day", "week"]
Measure = Literal[
    "connections",
    "logins",
    "failed_logins",
    "messages_in",
    "messages_out",
    "octets_in",
    "octets_out",
]


class Slot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was counted within some seconds."""

    age_s: float
    """How long ago they ended."""
    connections: int = 0
    logins: int = 0
    failed_logins: int = 0
    messages_in: int = 0
    messages_out: int = 0
    octets_in: int = 0
    octets_out: int = 0
    starts: int = 0
    """Of the process that tells."""


class ReportActivity(Request[Done | Denied], frozen=True, array_like=True, tag=300):
    """I have done this; told until it is answered."""

    run: bytes
    """Of this process: random, 16 octets."""
    number: int
    """Of the report: 1, 2, 3… The hub takes each once."""
    slots: tuple[Slot, ...]


class Series(msgspec.Struct, frozen=True, array_like=True):
    """One line of a graph."""

    measure: Measure
    values: tuple[int, ...]
    """One a step, the oldest first."""


class Activity(Message, frozen=True, array_like=True, tag=301):
    """How busy a service was."""

    service: str
    range: Range
    step_s: int
    until: float
    """Unix time at which the last step ends; it may be under way still."""
    series: tuple[Series, ...]
    starts: tuple[int, ...] = ()
    """How many of its processes were started, one number a step like the series."""


class AskActivity(Request[Activity | Denied], frozen=True, array_like=True, tag=302):
    """How busy was a service, on all its computers together?"""

    service: str
    """smtpmax, popmax, imapmax or queuemax."""
    range: Range = "hour"
    measures: tuple[Measure, ...] = ()
    """Which lines; empty: all."""
