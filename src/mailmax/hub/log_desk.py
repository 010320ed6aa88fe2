"""Answers of a service about its log files (`hub.contract.logs`).

Rules:
    Files are read in a thread, two at a time: nobody who delivers waits for it.
    The log of content is not shown: it holds private mail (TRUST N3).

Manual: 9.1.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from mailmax.hub.contract import logs
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.message import Denied
from mailmax.observe.logreading import Wanted, find_files, is_name_of, read_part

_AT_ONCE: Final = 2


class Hub(Protocol):
    """What is needed of `hub.client.HubClient`."""

    @property
    def tables(self) -> Any:
        """With the settings."""

    def on_request(self, kind: Any, handler: Callable[[Any], Any]) -> None:
        """Answer requests of that type."""


class LogDesk:
    """Of one service."""

    def __init__(self, hub: Hub, service: str, directory: Path) -> None:
        """Answer from now on.

        Args:
            hub: Asks, and has the settings.
            service: What it is called in logs: ``smtp``.
            directory: Of its files.
        """
        self._hub = hub
        self._service = service
        self._stem = f"{service}-events"
        self._directory = directory
        self._turn = asyncio.Semaphore(_AT_ONCE)
        hub.on_request(logs.ListLogFiles, self._list)
        hub.on_request(logs.ReadLogFile, self._read)

    async def _list(self, request: logs.ListLogFiles) -> logs.LogFilePage | Denied:
        limit = max(1, min(request.limit, PAGE_ROWS))
        try:
            async with self._turn:
                found = await asyncio.to_thread(find_files, self._directory, self._stem)
        except OSError as error:
            return self._failed(error)
        if request.after:
            found = [one for one in found if one.name < request.after]
        rows = tuple(logs.LogFileView(*one) for one in found[:limit])
        following = rows[-1].name if len(found) > limit else ""
        rate = self._hub.tables.setting(f"{self._service}_log_rate")
        return logs.LogFilePage(rows, following, rate)

    async def _read(self, request: logs.ReadLogFile) -> logs.LogPart | Denied:
        if not is_name_of(self._stem, request.name):
            return _missing(request.name)
        if len(request.words) > logs.LONGEST_WORDS:
            return Denied("bad_value", "words", "they are too long", "look for fewer")
        wanted = Wanted(
            request.place,
            request.backward,
            max(1, min(request.lines, logs.MOST_LINES)),
            logs.SEARCH_OCTETS if request.words else logs.PART_OCTETS,
            request.words,
            logs.LONGEST_LINE,
            request.since,
        )
        path = self._directory / request.name
        try:
            async with self._turn:
                part = await asyncio.to_thread(read_part, path, wanted)
        except FileNotFoundError:
            return _missing(request.name)
        except OSError as error:
            return self._failed(error)
        lines = tuple(logs.LogLine(*line) for line in part.lines)
        return logs.LogPart(lines, part.begin, part.end, part.size_octets)

    def _failed(self, error: OSError) -> Denied:
        cure = f"look at the directory of the log files of {self._service}"
        return Denied("later", "", f"it cannot be read: {error.strerror}", cure)


def _missing(name: str) -> Denied:
    shown = "".join(one if one.isprintable() else "?" for one in name[:100])
    words = f"there is no log file {shown}"
    return Denied("not_found", "name", words, "it may be deleted: list them again")
