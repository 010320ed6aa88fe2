"""Lists of any length: asked page by page, shown as they come.

Rules:
    One page is in memory, never the list. What was shown stays shown when a later
    page fails; the exit code tells. Writing happens off the loop, so that a reader
    who pauses (``less``) does not make the hub think that we are gone.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from cyclopts import Parameter
from cyclopts.validators import Number

from mailmax.cli.desk import Desk, as_plain
from mailmax.cli.exits import Exit
from mailmax.hub.client import HubClient
from mailmax.hub.contract.administration import PAGE_ROWS
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied, Request


@Parameter(name="*")
@dataclass(frozen=True)
class Paging:
    """Options of every list."""

    limit: Annotated[
        int, Parameter(help="At most so many; 0 is all.", validator=Number(gte=0))
    ] = 0
    after: Annotated[
        str, Parameter(help="Go on behind this one: where a list with a limit ended.")
    ] = ""


@Parameter(name="*")
@dataclass(frozen=True)
class Choosing(Paging):
    """Options of a list that the hub searches and sorts."""

    search: Annotated[
        str, Parameter(help="Only rows that hold this text, whatever the case.")
    ] = ""
    sort: Annotated[
        str, Parameter(help="The column to sort by; a wrong one is told all.")
    ] = ""
    descending: Annotated[
        bool, Parameter(help="The last comes first.", negative="")
    ] = False

    def part(self, cursor: str, limit: int) -> Choice:
        """Return what the hub is asked for."""
        ways = self.search, self.sort, self.descending
        return Choice(*ways, cursor, limit)


class Page(Protocol):
    """Part of a list (`hub.contract`); the queue's and the sessions' have a `total`."""

    @property
    def rows(self) -> Sequence[Any]:
        """Its rows."""

    @property
    def next(self) -> str:
        """Where the next one begins; empty at the end."""


@dataclass(frozen=True, slots=True)
class Look:
    """How rows are shown to people."""

    columns: Sequence[str]
    cells: Callable[[Any], Sequence[Any]]


def show_list(
    desk: Desk,
    paging: Paging | None,
    ask: Callable[[str, int], Request[Any]],
    look: Look,
    nothing: Denied | None = None,
) -> int:
    """Show a list from its beginning, or from where another ended; return the code.

    Args:
        desk: The command's.
        paging: Its options.
        ask: Makes the request for a page of `after` and `limit`.
        look: How to show rows.
        nothing: What it means that there is none from the beginning on; None: that
            the list is empty, which is as good as any other.

    Raises:
        Ended: It was denied, or the hub is away, or there is nothing of what must be.
    """
    options = paging or Paging()
    sheet = _Json() if desk.common.json else _Table(desk, look)

    async def work(hub: HubClient) -> Denied | None:
        left = options.limit or sys.maxsize
        after, is_more = options.after, True
        while is_more and left > 0:
            page = await hub.ask(ask(after, min(left, PAGE_ROWS)))
            if isinstance(page, Denied):
                return page
            if not (page.rows or page.next or after) and nothing is not None:
                return nothing
            await asyncio.to_thread(sheet.add, page)
            left -= len(page.rows)
            after, is_more = page.next, bool(page.next)
        await asyncio.to_thread(sheet.end, after)
        return None

    denied = desk.with_hub(work)
    if denied is not None:
        desk.deny(denied)
    return Exit.DONE


class _Table:
    """For people: a table a page; plain columns when it is not a terminal."""

    def __init__(self, desk: Desk, look: Look) -> None:
        self._desk = desk
        self._look = look
        self._is_empty = True

    def add(self, page: Page) -> None:
        """Show a page."""
        cells = [self._look.cells(row) for row in page.rows]
        if cells:
            self._is_empty = False
            self._desk.show_table(self._look.columns, cells)

    def end(self, after: str) -> None:
        """Say whether there is more, or nothing at all."""
        if self._is_empty:
            self._desk.say_empty()
        sys.stdout.flush()
        if after:
            print(f"mailmax: there is more, with --after {after}", file=sys.stderr)


class _Json:
    """For programs: an object with `rows`, a row a line, and where to go on.

    `next` is empty at the end; a `total` stands first, where there is one.
    """

    def __init__(self) -> None:
        self._before_row = ""

    def add(self, page: Page) -> None:
        """Write the rows of a page."""
        if not self._before_row:
            self._begin(page)
        for row in page.rows:
            text = json.dumps(as_plain(row), ensure_ascii=False)
            sys.stdout.write(self._before_row + text)
            self._before_row = ",\n"

    def end(self, after: str) -> None:
        """Close what was opened."""
        sys.stdout.write(f'\n], "next": {json.dumps(after)}}}\n')
        sys.stdout.flush()

    def _begin(self, page: Page) -> None:
        total = getattr(page, "total", None)
        told = "" if total is None else f'"total": {total}, '
        sys.stdout.write(f'{{{told}"rows": [')
        self._before_row = "\n"
