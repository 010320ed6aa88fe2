"""How busy the services were, for graphs and tables (ACT-1).

Manual: 2.6.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from mailmax.hub.contract.activity import Activity, AskActivity, Measure, Range
from mailmax.hub.contract.spying import AskLogins, LoginTotals
from mailmax.webadmin.live.asking import Asks, told

SERVICES: Final = ("popmax", "imapmax", "smtpmax", "queuemax")
_COMPUTED: Final = frozenset("=+-@\t\r")
"""Spreadsheets take what begins with one of these for a formula."""
_QUOTED: Final = frozenset('",\r\n')


class ServiceActivity(msgspec.Struct, frozen=True):
    """The lines of one service."""

    service: str
    series: dict[Measure, list[int]]
    """By measure what was counted in each step, the oldest first."""
    starts: list[int]
    """How many of its processes were started in each step."""


class Peer(msgspec.Struct, frozen=True):
    """Whence somebody fails to log in."""

    address: str
    failed: int


class FailedLogins(msgspec.Struct, frozen=True):
    """Of a service, within the last hour."""

    service: str
    failed: int
    peers: list[Peer]
    """Those of the most, five at most."""


class SystemActivity(msgspec.Struct, frozen=True):
    """What all graphs show."""

    range: Range
    step_s: int
    until: float
    """Unix time at which the last step ends; it may be under way still."""
    services: list[ServiceActivity]
    failed_logins: list[FailedLogins] = []


async def read_activity(hub: Asks, asked: Range) -> SystemActivity:
    """Ask the hub for it.

    Raises:
        Failure: The hub cannot be asked.
    """
    found = [await told(hub, AskActivity(one, asked), Activity) for one in SERVICES]
    logins = await told(hub, AskLogins(), LoginTotals)
    return SystemActivity(
        asked,
        found[0].step_s,
        found[0].until,
        [_lines(one) for one in found],
        [
            FailedLogins(
                one.service,
                one.failed,
                [Peer(peer.peer, peer.failed) for peer in one.peers],
            )
            for one in logins.failing
        ],
    )


def _lines(one: Activity) -> ServiceActivity:
    series = {line.measure: list(line.values) for line in one.series}
    steps = max(map(len, series.values()), default=0)
    starts = list(one.starts) or [0] * steps  # of an older system, which counts none
    return ServiceActivity(one.service, series, starts)


def as_table(activity: SystemActivity) -> str:
    """Write it as a table: a row a step, a column a service and measure."""
    return "".join(f"{','.join(map(as_cell, row))}\r\n" for row in _rows(activity))


def as_cell(text: str) -> str:
    """Write a cell of a table (RFC 4180) so that no program computes it (TRUST I5)."""
    if text[:1] in _COMPUTED:
        text = f"'{text}"
    is_plain = not _QUOTED & set(text)
    return text if is_plain else '"' + text.replace('"', '""') + '"'


def _rows(activity: SystemActivity) -> Iterator[list[str]]:
    lines = [
        (f"{one.service}.{measure}", values)
        for one in activity.services
        for measure, values in (*one.series.items(), ("starts", one.starts))
    ]
    yield ["time", *(name for name, _ in lines)]
    count = len(lines[0][1]) if lines else 0
    for step in range(count):
        at = activity.until - (count - step) * activity.step_s
        moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield [moment, *(str(values[step]) for _, values in lines)]
