"""Lines of log files of another computer: its services are asked through the hub.

Theory:
    They answer part by part (`hub.contract.logs`): the last lines backward from the
    end, all others forward, from the beginning or from the first line of a time.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from msgspec import structs

from mailmax.cli.log_lines import Wanted
from mailmax.hub.client import HubClient
from mailmax.hub.contract.logs import (
    MOST_LINES,
    ListLogFiles,
    LogFileView,
    LogPart,
    LogService,
    ReadLogFile,
)
from mailmax.hub.contract.message import Denied

_NONE = Denied("not_found", "file", "there is no log file yet", "see: mailmax log list")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Whose log, and which file of it."""

    service: LogService
    node: str
    file: str = ""
    """Empty: what was written last, or since then."""

    async def write_last(self, hub: HubClient, wanted: Wanted) -> Denied | None:
        """Write what is wanted; return why not."""
        try:
            names = await self._names(hub, wanted)
            if not names:
                return _NONE
            await self._write(hub, names, wanted)
        except _Refused as refused:
            return refused.denied
        return None

    async def _write(self, hub: HubClient, names: list[str], wanted: Wanted) -> None:
        kept: deque[str] = deque(maxlen=wanted.lines)
        take: Callable[[str], object] = kept.append if wanted.lines else print
        for name in names:
            if wanted.lines and not (wanted.since or wanted.words):
                kept.extend(await self._tail(hub, name, wanted.lines))
                continue
            async for line in self._forward(hub, name, wanted):
                take(line)
        for line in kept:
            print(line)

    async def _names(self, hub: HubClient, wanted: Wanted) -> list[str]:
        """Return the files to be read, those that were written last at the end."""
        if self.file:
            return [self.file]
        found: list[LogFileView] = []
        after, is_more = "", True
        while is_more:
            page = await hub.ask(ListLogFiles(self.service, after, node=self.node))
            if isinstance(page, Denied):
                raise _Refused(page)
            found += page.rows
            after, is_more = page.next, bool(page.next)
        found.sort(key=lambda one: (one.changed_at, one.name))
        if not wanted.since:
            return [one.name for one in found[-1:]]
        return [one.name for one in found if one.changed_at >= wanted.since]

    async def _tail(self, hub: HubClient, name: str, lines: int) -> deque[str]:
        found: deque[str] = deque()
        request = ReadLogFile(self.service, name, node=self.node)
        while True:
            few = min(lines - len(found), MOST_LINES)
            part = await _part(hub, request, lines=few)
            found.extendleft(line.text for line in reversed(part.lines))
            if len(found) >= lines or not part.begin:
                return found
            request = _at(request, part.begin)

    async def _forward(
        self, hub: HubClient, name: str, wanted: Wanted
    ) -> AsyncIterator[str]:
        request = ReadLogFile(
            *(self.service, name, 0, False, MOST_LINES),
            *(wanted.words, self.node, wanted.since),
        )
        end = -1
        while True:
            part = await _part(hub, request)
            for line in part.lines:
                yield line.text
            if part.end in {end, part.size_octets}:
                return  # what follows is no whole line yet
            end = part.end
            request = _at(request, end)


class _Refused(Exception):
    def __init__(self, denied: Denied) -> None:
        super().__init__(str(denied))
        self.denied = denied


async def _part(
    hub: HubClient, request: ReadLogFile, lines: int = MOST_LINES
) -> LogPart:
    part = await hub.ask(structs.replace(request, lines=lines))
    if isinstance(part, Denied):
        raise _Refused(part)
    return part


def _at(request: ReadLogFile, place: int) -> ReadLogFile:
    return structs.replace(request, place=place, since=0.0)
