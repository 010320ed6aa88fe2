"""``mailmax activity``: how busy services are (manual 2.6)."""

import locale
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mailmax.base.units import HOUR_S, MINUTE_S, shown_octets
from mailmax.cli.desk import Common, Desk, as_plain
from mailmax.cli.exits import Exit
from mailmax.cli.graphs import EIGHTHS, QUARTERS, columns_of, draw
from mailmax.cli.moments import shown_moment
from mailmax.hub.client import HubClient
from mailmax.hub.contract.activity import Activity, AskActivity, Measure, Range
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.presence import AskStatus, ServiceView, Status

Service = Literal[
    "smtpmax", "popmax", "imapmax", "queuemax", "smtp", "pop", "imap", "queue"
]

_HEIGHT = 4
_WIDEST = 200
_STARTS = 3
"""The last ones are told."""
_GREEN, _RED, _MAGENTA = 32, 31, 35


@dataclass(frozen=True, slots=True)
class _Graph:
    measure: Measure
    title: str
    colour: int
    shown: Callable[[int], str] = str


def _graphs(colour: int, *rest: _Graph) -> tuple[_Graph, ...]:
    return (_Graph("connections", "connections", colour), *rest)


def _in_and_out(colour: int, *ways: Literal["in", "out"]) -> tuple[_Graph, ...]:
    found: list[_Graph] = []
    for way in ways:
        count: Measure = "messages_in" if way == "in" else "messages_out"
        size: Measure = "octets_in" if way == "in" else "octets_out"
        found.append(_Graph(count, f"messages {way}", colour))
        found.append(_Graph(size, f"size of messages {way}", colour, shown_octets))
    return tuple(found)


_FAILED: Final = _Graph("failed_logins", "failed logins", _RED)
_LOGINS: Final = _Graph("logins", "logins", _GREEN)
_NAMES: Final = {
    "popmax": "POP3",
    "imapmax": "IMAP4",
    "smtpmax": "SMTP",
    "queuemax": "Queue",
}
ALL: Final[dict[str, tuple[_Graph, ...]]] = {
    "popmax": _graphs(_GREEN, _FAILED),
    "imapmax": _graphs(_GREEN, _FAILED),
    "smtpmax": _graphs(_MAGENTA, *_in_and_out(_MAGENTA, "in")),
}
"""Of the whole system: the graphs of manual 2.6."""
ONE: Final[dict[str, tuple[_Graph, ...]]] = {
    "popmax": _graphs(_GREEN, _LOGINS, _FAILED, *_in_and_out(_MAGENTA, "out")),
    "imapmax": _graphs(_GREEN, _LOGINS, _FAILED, *_in_and_out(_MAGENTA, "in", "out")),
    "smtpmax": _graphs(_MAGENTA, _LOGINS, _FAILED, *_in_and_out(_MAGENTA, "in")),
    "queuemax": _graphs(_MAGENTA, *_in_and_out(_MAGENTA, "in", "out")),
}
"""Of one service: all that is counted there."""


def activity(
    service: Service | None = None,
    *,
    range: Range = "hour",  # noqa: A002 - the option's name
    common: Common | None = None,
) -> int:
    """Show how busy the services were, as graphs.

    A graph is as wide as the terminal. The last step is under way still, and the
    services tell what they have done every ten seconds.

    Args:
        service: One of them, with all that is counted there; else all, with the most
            important.
        range: The last hour (in steps of 10 s), 12h or day (of 1 min), or week
            (of 15 min).
        common: Options of every command.
    """
    desk = Desk(common)
    chosen = ALL
    if service is not None:
        role = service.removesuffix("max") + "max"
        chosen = {role: ONE[role]}
    found = desk.with_hub(lambda hub: _ask(hub, tuple(chosen), range))
    if isinstance(found, Denied):
        desk.deny(found)
    running, answers = found
    if desk.common.json:
        desk.show_json(_plain(running, answers))
        return Exit.DONE
    sheet = _Sheet()
    sheet.show_running([one for one in running if one.role in chosen])
    for answer in answers:
        sheet.show(answer, chosen[answer.service])
    return Exit.DONE


async def _ask(
    hub: HubClient, services: Sequence[str], within: Range
) -> tuple[tuple[ServiceView, ...], list[Activity]] | Denied:
    status = await hub.ask(AskStatus())
    if not isinstance(status, Status):
        return status
    answers = []
    for service in services:
        answer = await hub.ask(AskActivity(service, within))
        if not isinstance(answer, Activity):
            return answer
        answers.append(answer)
    return status.services, answers


def _plain(running: Sequence[ServiceView], answers: Sequence[Activity]) -> object:
    return {
        "running": [{"service": one.role, "host": one.node} for one in running],
        "activity": [
            {
                "service": one.service,
                "range": one.range,
                "step_s": one.step_s,
                "until": one.until,
                "series": {line.measure: as_plain(line.values) for line in one.series},
                "starts": as_plain(one.starts),
            }
            for one in answers
        ],
    }


class _Sheet:
    """The terminal, as far as graphs need it."""

    def __init__(self) -> None:
        self._width = max(20, min(shutil.get_terminal_size().columns, _WIDEST))
        self._levels = EIGHTHS if _takes_blocks() else QUARTERS
        self._is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def show_running(self, services: Sequence[ServiceView]) -> None:
        """Say which services run where."""
        for one in services:
            state = "" if one.ready else " (starting)"
            print(f"{one.role} runs on {one.node}{state}, {one.sessions} connected")

    def show(self, answer: Activity, graphs: Sequence[_Graph]) -> None:
        """Draw what is known of a service."""
        lines = {line.measure: line.values for line in answer.series}
        name = _NAMES[answer.service]
        begin = answer.until - answer.step_s * len(answer.starts)
        steps = [step for step, count in enumerate(answer.starts) if count]
        if steps:
            moments = (shown_moment(begin + answer.step_s * step) for step in steps)
            print(f"\n{name} was started: {', '.join(list(moments)[-_STARTS:])}")
        for graph in graphs:
            values = lines.get(graph.measure, ())
            if values:
                print()
                self._draw(answer, f"{name} {graph.title}", graph, values)

    def _draw(
        self, answer: Activity, title: str, graph: _Graph, values: Sequence[int]
    ) -> None:
        total, top = graph.shown(sum(values)), graph.shown(max(values))
        step = _shown_step(answer.step_s)
        print(f"{title}: {total} in all, at most {top} in {step}")
        if not any(values):
            return
        for line in draw(columns_of(values, self._width), _HEIGHT, self._levels):
            print(self._in_colour(line.rstrip(), graph.colour))
        begin = shown_moment(answer.until - answer.step_s * len(values))
        end = shown_moment(answer.until)
        drawn = min(self._width, len(values))
        print(f"{begin}{end:>{max(drawn - len(begin), len(end) + 1)}}")

    def _in_colour(self, line: str, colour: int) -> str:
        return f"\x1b[{colour}m{line}\x1b[0m" if self._is_coloured and line else line


def _takes_blocks() -> bool:
    encoding = sys.stdout.encoding or locale.getpreferredencoding(do_setlocale=False)
    try:
        EIGHTHS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _shown_step(step_s: int) -> str:
    if step_s % HOUR_S == 0:
        return f"{step_s // HOUR_S} h"
    return f"{step_s // MINUTE_S} min" if step_s % MINUTE_S == 0 else f"{step_s} s"
