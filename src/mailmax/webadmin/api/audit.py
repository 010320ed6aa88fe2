"""The audit log: who changed what, when, from where, before and after.

Manual: 7.4.
"""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from mailmax.hub.contract.audit import AUDIT_COLUMNS, AuditPage, AuditRow, ListAudit
from mailmax.webadmin.api.choice import order_of
from mailmax.webadmin.api.words import Moment, moment
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Cursor, Limit, Page, Sort
from mailmax.webadmin.rest.routes import Shape, nobodys, route

Word = Annotated[str, msgspec.Meta(max_length=320)]


class AuditEntry(msgspec.Struct, frozen=True):
    """One request that changed something, or would have."""

    number: int
    at: str | None
    actor_kind: str
    """host_password, session, key or elsewhere."""
    actor: str
    key_name: str
    peer: str
    request: str
    """Its name in the hub's contract."""
    subject: str
    """On what; of mail, ids and filters as in ``from:… state:…``, ``*`` for all."""
    before: Any
    """Null: nothing was there, or it is not known."""
    after: Any
    result: str
    """done, denied or failed."""
    reason: str
    system: str
    """Which other system the actor is of; empty: of this one."""


class AuditFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must hold."""

    actor: Word = ""
    """Address, "host password", or a key's name: exactly."""
    request: Word = ""
    """Exactly."""
    result: Literal["", "done", "denied", "failed"] = ""
    since: Moment | None = None
    until: Moment | None = None


class AuditList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the log."""

    limit: Limit = 100
    cursor: Cursor = ""
    q: Word = ""
    """On what: it holds this."""
    sort: Sort = ""
    filter: AuditFilter = AuditFilter()


@route(
    "GET /audit",
    scope="audit:read",
    owner=nobodys(Whose.SYSTEM),
    shape=Shape(query=AuditList, gives=Page[AuditEntry], sorts=AUDIT_COLUMNS),
)
async def list_audit(call: Call) -> Page[AuditEntry]:
    """List what was changed and by whom, the newest first or sorted."""
    asked = call.asked(AuditList)
    wanted = asked.filter
    request = ListAudit(
        asked.cursor,
        asked.limit,
        wanted.actor,
        wanted.request,
        asked.q.strip(),
        wanted.result,
        _seconds(wanted.since),
        _seconds(wanted.until),
        *order_of(asked.sort),
    )
    page = await call.ask(request, AuditPage)
    return Page([_row(row) for row in page.rows], page.next)


ROUTES = (list_audit,)


def _seconds(at: datetime | None) -> float:
    return 0.0 if at is None else at.timestamp()


def _row(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        row.number,
        moment(row.at),
        row.actor_kind,
        row.actor,
        row.key_name,
        row.peer,
        row.request,
        row.subject,
        _read(row.before),
        _read(row.after),
        row.result,
        row.reason,
        row.system,
    )


def _read(text: str) -> Any:
    return json.loads(text) if text else None
