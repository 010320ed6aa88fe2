"""What is asked of a service about its log files: which there are, what is in them.

Theory:
    The files are named and read by the service that writes them: nobody else may. An
    answer holds whole lines of one part of one file; `LogPart.begin` and `end` are the
    places from which to go on, back and forth. A search looks through a part of a file
    at a time, so each is answered soon.

Limits:
    500 lines and 1 MiB a part; a search looks through 4 MiB at a time; 2,000
    characters of a line.

Manual: 4.3.1, 4.4.1, 4.5.2, 4.5.4, 9.1.
"""

from typing import Final, Literal

import msgspec

from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied, Message, Request

MOST_LINES: Final = 500
PART_OCTETS: Final = 1024 * 1024
SEARCH_OCTETS: Final = 4 * 1024 * 1024
LONGEST_LINE: Final = 2_000
LONGEST_WORDS: Final = 200
END: Final = -1
"""The place behind the last line."""

LogService = Literal["smtp", "queue", "pop", "imap"]


class LogFileView(msgspec.Struct, frozen=True, array_like=True):
    """One log file."""

    name: str
    size_octets: int
    changed_at: float
    """Unix time."""


class LogFilePage(Message, frozen=True, array_like=True, tag=440):
    """Part of the list, the names in descending order: the newest period first."""

    rows: tuple[LogFileView, ...]
    next: str = ""
    rate: str = "never"
    """How often a new file begins."""
    nodes: tuple[str, ...] = ()
    """Where the service runs; the hub says it."""


class ListLogFiles(
    Request[LogFilePage | Denied], frozen=True, array_like=True, tag=441
):
    """Which log files has a service?"""

    service: LogService
    after: str = ""
    limit: int = PAGE_ROWS
    node: str = ""
    """On that computer; empty: on one where it runs."""


class LogLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line."""

    at: int
    """Where it begins in the file."""
    text: str
    """What does not print is shown as its escape."""


class LogPart(Message, frozen=True, array_like=True, tag=442):
    """Lines of one part of a file, in its order."""

    lines: tuple[LogLine, ...]
    begin: int
    """What is before has not been looked at; 0: there is nothing."""
    end: int
    """What is behind has not been looked at."""
    size_octets: int
    """Of the file."""


class ReadLogFile(Request[LogPart | Denied], frozen=True, array_like=True, tag=443):
    """Show me some of a log."""

    service: LogService
    name: str
    place: int = END
    """From where: a line's begin, or `END`."""
    backward: bool = True
    """What is before that place, else what is behind."""
    lines: int = 200
    words: str = ""
    """Only lines in which that is, in whatever case."""
    node: str = ""
    since: float = 0.0
    """Unix time: forward from the first line that was written then or later, wherever
    it is; 0: `place` says whence."""
