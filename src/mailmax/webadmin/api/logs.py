"""Log files of the services: which there are, and their lines.

Manual: 4.3.1, 4.4.1, 4.5.2, 4.5.4, 9.1.
"""

from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec

from mailmax.hub.contract.logs import (
    END,
    LONGEST_WORDS,
    MOST_LINES,
    ListLogFiles,
    LogFilePage,
    LogPart,
    LogService,
    ReadLogFile,
)
from mailmax.webadmin.api.choice import moment
from mailmax.webadmin.api.words import Moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Cursor, Limit
from mailmax.webadmin.rest.problems import not_found
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)
_SERVICES: tuple[LogService, ...] = get_args(LogService)

Node = Annotated[str, msgspec.Meta(max_length=255)]


class LogFile(msgspec.Struct, frozen=True):
    """One log file."""

    name: str
    size_octets: int
    changed_at: datetime | None


class LogFiles(msgspec.Struct, frozen=True):
    """Part of the list of a service's files, the newest period first."""

    rows: list[LogFile]
    next: str
    rate: str
    """How often a new file begins; never: no log is kept."""
    nodes: list[str]
    """Computers on which the service runs."""


class LogFileList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which files."""

    limit: Limit = 100
    cursor: Cursor = ""
    node: Node = ""
    """On that computer; empty: on one where the service runs."""


class LogRow(msgspec.Struct, frozen=True):
    """One line."""

    at: int
    """Where it begins in the file."""
    text: str
    """What does not print is shown as its escape."""


class LogLines(msgspec.Struct, frozen=True):
    """Whole lines of one part of a file."""

    lines: list[LogRow]
    begin: int
    """Go on backward from there; 0: that is the beginning."""
    end: int
    """Go on forward from there."""
    size_octets: int


class LogReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lines."""

    place: Annotated[int, msgspec.Meta(ge=END, le=2**53)] = END
    """From where; -1: the end."""
    direction: Literal["backward", "forward"] = "backward"
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_LINES)] = 200
    q: Annotated[str, msgspec.Meta(max_length=LONGEST_WORDS)] = ""
    """Only lines with these words. A part of the file is looked through at a time."""
    node: Node = ""
    since: Moment | None = None
    """Forward from the first line that was written then or later, instead of a place.
    """


@route(
    "GET /logs/{service}",
    scope="logs:read",
    owner=_SYSTEM,
    shape=Shape(query=LogFileList, gives=LogFiles),
)
async def list_log_files(call: Call) -> LogFiles:
    """List the log files of a service: smtp, queue, pop or imap."""
    asked = call.asked(LogFileList)
    after = asked.cursor
    request = ListLogFiles(_service(call), after, asked.limit, asked.node)
    page = await call.ask(request, LogFilePage)
    rows = [
        LogFile(row.name, row.size_octets, moment(row.changed_at)) for row in page.rows
    ]
    return LogFiles(rows, page.next, page.rate, list(page.nodes))


@route(
    "GET /logs/{service}/{file}",
    scope="logs:read",
    owner=_SYSTEM,
    shape=Shape(query=LogReading, gives=LogLines),
)
async def read_log_file(call: Call) -> LogLines:
    """Read lines of a log file: its end, from a place back or forward, or a time on."""
    asked = call.asked(LogReading)
    request = ReadLogFile(
        _service(call),
        call.params["file"],
        asked.place,
        asked.direction == "backward",
        asked.limit,
        asked.q,
        asked.node,
        asked.since.timestamp() if asked.since else 0.0,
    )
    part = await call.ask(request, LogPart)
    lines = [LogRow(line.at, line.text) for line in part.lines]
    return LogLines(lines, part.begin, part.end, part.size_octets)


ROUTES = (list_log_files, read_log_file)


def _service(call: Call) -> LogService:
    for one in _SERVICES:
        if call.params["service"] == one:
            return one
    raise not_found("there is no such service")
