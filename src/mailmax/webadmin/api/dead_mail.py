"""Dead mail: what could not be delivered; read, sent again, deleted, saved.

Manual: 4.4.
"""

from datetime import datetime
from typing import Literal

import msgspec

from mailmax.hub.contract.queue import EntryView, ReadEntry, ShowEntry
from mailmax.hub.contract.steering import (
    DEAD_COLUMNS,
    DeadPage,
    DeadView,
    ListDead,
    SteerDead,
    Steered,
)
from mailmax.webadmin.api.choice import (
    MailList,
    Meant,
    Paging,
    meant,
    moment,
    order_of,
    selected,
)
from mailmax.webadmin.api.mail import MessageText, give_file, read_text
from mailmax.webadmin.api.queue import actor_of, plain_name
from mailmax.webadmin.api.queue_shapes import Done, Entry, done, entry_of
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Cursor, Page
from mailmax.webadmin.rest.routes import Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)


class DeadRow(msgspec.Struct, frozen=True):
    """One recipient of a message that could not be delivered."""

    id: str
    """``ENTRY.N``"""
    entry_id: str
    sender: str
    """Empty: the null reverse-path."""
    recipient: str
    received_at: datetime | None
    failed_at: datetime | None
    tries: int
    status: str
    """RFC 3463 code of the last try."""
    last_reply: str
    host: str
    size_octets: int


class DeadOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done, always with whole messages."""

    deed: Literal["resend", "delete"]
    selection: Meant
    dry_run: bool = False
    cursor: Cursor = ""


@route(
    "GET /dead-mail",
    scope="dead_mail:read",
    owner=_SYSTEM,
    shape=Shape(query=MailList, gives=Page[DeadRow], sorts=DEAD_COLUMNS),
)
async def list_dead_mail(call: Call) -> Page[DeadRow]:
    """List the dead mail, a recipient a row, what failed first at the top or sorted."""
    asked = call.asked(MailList)
    choice = selected(asked.filter, asked.q)
    request = ListDead(asked.cursor, asked.limit, choice, *order_of(asked.sort))
    page = await call.ask(request, DeadPage)
    return Page([_row(row) for row in page.rows], page.next, page.total)


@route(
    "POST /dead-mail/deeds",
    scope="dead_mail:write",
    owner=_SYSTEM,
    shape=Shape(takes=DeadOrder, gives=Done),
)
async def steer_dead_mail(call: Call) -> Done:
    """Send dead mail again, or delete it."""
    order = call.taken(DeadOrder)
    request = SteerDead(
        order.deed,
        meant(order.selection),
        actor_of(call),
        order.dry_run,
        order.cursor,
    )
    return done(await call.carry_out(request, Steered))


@route(
    "GET /dead-mail/{entry}",
    scope="dead_mail:read",
    owner=_SYSTEM,
    shape=Shape(query=Paging, gives=Entry),
)
async def show_dead_mail(call: Call) -> Entry:
    """Show one dead message: its envelope, and why each recipient failed."""
    asked = call.asked(Paging)
    after = asked.cursor
    request = ShowEntry(call.params["entry"], after, asked.limit, "dead")
    return entry_of(await call.ask(request, EntryView))


@route(
    "GET /dead-mail/{entry}/text",
    scope="dead_mail:read",
    owner=_SYSTEM,
    shape=Shape(gives=MessageText),
)
async def read_dead_mail(call: Call) -> MessageText:
    """Read a dead message: its header and text, as plain text."""
    entry = call.params["entry"]
    return await read_text(call, lambda offset: ReadEntry(entry, offset, "dead"))


@route("GET /dead-mail/{entry}/file", scope="dead_mail:read", owner=_SYSTEM)
async def download_dead_mail(call: Call) -> Answer:
    """Save a dead message as a file."""
    entry = call.params["entry"]
    name = f"dead-{plain_name(entry)}.eml"
    return await give_file(call, lambda offset: ReadEntry(entry, offset, "dead"), name)


ROUTES = (
    list_dead_mail,
    steer_dead_mail,
    show_dead_mail,
    read_dead_mail,
    download_dead_mail,
)


def _row(view: DeadView) -> DeadRow:
    return DeadRow(
        f"{view.dead_id}.{view.place}",
        view.dead_id,
        view.reverse_path,
        view.recipient,
        moment(view.received_at),
        moment(view.failed_at),
        view.tries,
        view.status,
        view.last_reply,
        view.host,
        view.size_octets,
    )
