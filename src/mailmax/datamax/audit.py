"""The audit log: who changed what (TRUST I).

Theory:
    While a request is carried out its `Entry` is the one of the running task
    (`entry_now`). `changes.Changes` writes it in the transaction that makes the
    change, so neither is there without the other. What is no change of the database
    (mail steered, a service stopped), and what was refused, is written when the
    answer is known.

Rules:
    An entry never claims what did not happen. Whether it can be written decides over
    changes of the database alone: what was done elsewhere is done.

Manual: 7.4.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Connection

from mailmax.base.errors import Failure
from mailmax.datamax.audit_before import before
from mailmax.datamax.audit_words import shown_text, subject_of, words_of
from mailmax.datamax.cursors import Place, read_choice
from mailmax.hub.contract.audit import (
    AUDIT_COLUMNS,
    ActorKind,
    AuditPage,
    AuditResult,
    AuditRow,
    ListAudit,
)
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied, Message
from mailmax.hub.contract.web import Principal
from mailmax.store.accounts import audit_units
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.user_lists import Part

Args = ParamSpec("Args")
ResultT = TypeVar("ResultT")
AnswerT = TypeVar("AnswerT", bound=Message)


@dataclass(slots=True)
class Who:
    """Who asks."""

    kind: ActorKind
    name: str
    peer: str
    key_name: str = ""
    system: str = ""
    """Where that is somebody; empty: here."""


@dataclass(slots=True)
class Entry:
    """A request that is being carried out."""

    who: Who
    request: Message
    is_written: bool = False
    at: float = field(default_factory=time.time)

    def row(
        self, result: AuditResult, *, before: str = "", reason: str = ""
    ) -> dict[str, Any]:
        """Return what the database keeps."""
        return {
            "at": self.at,
            "actor_kind": self.who.kind,
            "actor": self.who.name,
            "key_name": self.who.key_name,
            "peer": shown_text(self.who.peer),
            "request": type(self.request).__name__,
            "subject": subject_of(self.request),
            "before": before,
            "after": words_of(self.request),
            "result": result,
            "reason": shown_text(reason),
            "system": self.who.system,
        }


entry_now: ContextVar[Entry | None] = ContextVar("entry_now", default=None)
"""Of the task that runs."""


def who_is(principal: Principal, peer: str) -> Who:
    """Return who somebody of the web is."""
    kind: ActorKind = "key" if principal.key_id else "session"
    return Who(kind, principal.name, peer, principal.key_name)


def noted(
    tx: Connection,
    entry: Entry,
    work: Callable[Concatenate[Connection, Args], ResultT],
    *args: Args.args,
    **kwargs: Args.kwargs,
) -> ResultT:
    """Run a unit of work; write the entry with what it changes."""
    replaced = before(tx, entry.request)
    result = work(tx, *args, **kwargs)
    if not isinstance(result, Denied):
        audit_units.add_entry(tx, entry.row("done", before=replaced))
    return result


class AuditLog:
    """Keeps entries."""

    def __init__(self, database: Database) -> None:
        """Take what it needs."""
        self._database = database
        self._tasks: set[asyncio.Task[Message]] = set()

    async def keep(
        self, who: Who, request: Message, carry_out: Callable[[], Any]
    ) -> Message:
        """Have a request carried out, and an entry written of it.

        Whoever leaves before the answer ends neither: what was begun is noted.
        """
        work = self._keep(Entry(who, request), carry_out)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End what is still being carried out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, entry: Entry, carry_out: Callable[[], Any]) -> Message:
        entry_now.set(entry)
        try:
            answer: Any = carry_out()
            if isinstance(answer, Awaitable):
                answer = await answer
        except Failure as failure:
            await self._write(entry, "failed", failure.text)
            raise
        if not isinstance(answer, Message):
            raise TypeError(f"{type(entry.request).__name__} was not answered")
        if isinstance(answer, Denied):
            await self._write(entry, "denied", str(answer))
        elif not entry.is_written:
            await self._write(entry, "done")
        return answer

    def _forget(self, task: asyncio.Task[Message]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # who asked, if still there, is told

    async def _write(self, entry: Entry, result: AuditResult, reason: str = "") -> None:
        row = entry.row(result, reason=reason)
        try:
            await self._database.write(audit_units.add_entry, row)
        except Failure:
            return  # the database is away: what was done elsewhere is done


def list_audit(tx: Connection, request: ListAudit) -> AuditPage | Denied:
    """Return a page, the newest first unless another order is asked for."""
    is_descending = request.is_descending or not request.sort
    choice = Choice(
        sort=request.sort,
        is_descending=is_descending,
        cursor=request.after,
        limit=request.limit,
    )
    order = read_choice(choice, AUDIT_COLUMNS, {"at": int})
    if isinstance(order, Denied):
        return order
    place = order.behind
    behind = None if place is None else (place.key, int(place.mark))
    part = Part(order.column, order.is_descending, behind, order.limit + 1)
    found = audit_units.page(tx, part, *_conditions(request))
    shown = found[: order.limit]
    after = ""
    if len(found) > len(shown):
        after = order.cursor(Place(shown[-1].key, shown[-1].id))
    return AuditPage(tuple(AuditRow(*row[:-1]) for row in shown), after)


def _conditions(request: ListAudit) -> list[ColumnElement[bool]]:
    texts = (
        (request.actor, audit_units.by),
        (request.request, audit_units.of_request),
        (request.subject, audit_units.about),
        (request.result, audit_units.ended),
    )
    moments = (
        (request.since, audit_units.since),
        (request.until, audit_units.until),
    )
    conditions = [make(shown_text(text)) for text, make in texts if text]
    return conditions + [make(moment) for moment, make in moments if moment]
