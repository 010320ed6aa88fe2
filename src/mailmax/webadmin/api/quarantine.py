"""The quarantine: what was found, let go or thrown away; and the bulk switch.

Rules:
    A message of the quarantine is read as plain text alone; it is given as a file to
    who asks for it knowing what it is.

Manual: 4.11, 11.2.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from mailmax.hub.contract.quarantine import (
    MOST_IDS,
    ListQuarantine,
    QuarantinePage,
    QuarantineSteered,
    QuarantineView,
    ReadQuarantine,
    SteerQuarantine,
    SwitchVirusCheck,
)
from mailmax.webadmin.api.choice import Word, moment
from mailmax.webadmin.api.mail import MessageText, give_file, read_text
from mailmax.webadmin.api.queue import actor_of, plain_name
from mailmax.webadmin.api.words import Carried, carried
from mailmax.webadmin.authorize import Whose
from mailmax.webadmin.rest.answers import Answer
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Asked, Page
from mailmax.webadmin.rest.problems import bad_request, not_found
from mailmax.webadmin.rest.routes import Shape, nobodys, route
from mailmax.webadmin.rest.sorting import Columns, part_of

_SYSTEM = nobodys(Whose.SYSTEM)
_COLUMNS = Columns(
    sorted=("found", "verdict", "sender", "client", "came_at", "size_octets"),
    own=("id",),
    searched=("id", "found", "sender", "recipients", "client"),
)


class QuarantineRow(msgspec.Struct, frozen=True):
    """One message in quarantine."""

    id: str
    came_at: datetime | None
    verdict: str
    """infected or unscanned"""
    found: str
    """The name of the virus, or why nobody could look at it."""
    sender: str
    recipients: list[str]
    """The first of them."""
    recipient_count: int
    client: str
    size_octets: int


class QuarantineOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done with which messages."""

    deed: Literal["release", "delete"]
    ids: Annotated[list[Word], msgspec.Meta(min_length=1, max_length=MOST_IDS)]


class QuarantineDone(msgspec.Struct, frozen=True):
    """For how many it was done."""

    messages: int
    missing: list[str]
    """Ids of messages that are not there."""


class DownloadWarning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file may do harm."""

    confirmed: bool = False
    """That is known."""


class VirusSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The virus check of many users."""

    is_on: bool
    domain: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """Of its users; empty: of all."""


@route(
    "GET /quarantine",
    scope="quarantine:read",
    owner=_SYSTEM,
    shape=Shape(query=Asked, gives=Page[QuarantineRow], sorts=_COLUMNS.sorted),
)
async def list_quarantine(call: Call) -> Page[QuarantineRow]:
    """List what is in quarantine, the oldest first or sorted."""

    async def read(cursor: str, limit: int) -> Page[QuarantineRow]:
        page = await call.ask(ListQuarantine(cursor, limit), QuarantinePage)
        return Page([_row(row) for row in page.rows], page.next)

    return await part_of(call.asked(Asked), read, _COLUMNS)


@route(
    "GET /quarantine/{item}",
    scope="quarantine:read",
    owner=_SYSTEM,
    shape=Shape(gives=QuarantineRow),
)
async def show_quarantined(call: Call) -> QuarantineRow:
    """Show what is known of one message in quarantine."""
    page = await call.ask(ListQuarantine(item_id=call.params["item"]), QuarantinePage)
    if not page.rows:
        raise not_found()
    return _row(page.rows[0])


@route(
    "GET /quarantine/{item}/text",
    scope="quarantine:read",
    owner=_SYSTEM,
    shape=Shape(gives=MessageText),
)
async def read_quarantined(call: Call) -> MessageText:
    """Read a message in quarantine: its header and text, as plain text."""
    item = call.params["item"]
    return await read_text(call, lambda offset: ReadQuarantine(item, offset))


@route(
    "GET /quarantine/{item}/file",
    scope="quarantine:read",
    owner=_SYSTEM,
    shape=Shape(query=DownloadWarning),
)
async def download_quarantined(call: Call) -> Answer:
    """Save a message in quarantine as a file; it may do harm."""
    if not call.asked(DownloadWarning).confirmed:
        why = "the file may do harm"
        raise bad_request("dangerous", why, "confirmed", "say confirmed=true")
    item = call.params["item"]
    name = f"quarantine-{plain_name(item)}.eml"
    return await give_file(call, lambda offset: ReadQuarantine(item, offset), name)


@route(
    "POST /quarantine/deeds",
    scope="quarantine:write",
    owner=_SYSTEM,
    shape=Shape(takes=QuarantineOrder, gives=QuarantineDone),
)
async def steer_quarantine(call: Call) -> QuarantineDone:
    """Let recipients have messages as they came, or throw messages away."""
    order = call.taken(QuarantineOrder)
    request = SteerQuarantine(order.deed, tuple(order.ids), actor_of(call))
    answer = await call.carry_out(request, QuarantineSteered)
    return QuarantineDone(answer.messages, list(answer.missing))


@route(
    "POST /virus/switch",
    scope="virus:write",
    owner=_SYSTEM,
    shape=Shape(takes=VirusSwitch, gives=Carried),
)
async def switch_virus_check(call: Call) -> Carried:
    """Switch the virus check of all users of a domain, or of all, on or off."""
    order = call.taken(VirusSwitch)
    return carried(await call.change(SwitchVirusCheck(order.is_on, order.domain)))


ROUTES = (
    list_quarantine,
    show_quarantined,
    read_quarantined,
    download_quarantined,
    steer_quarantine,
    switch_virus_check,
)


def _row(view: QuarantineView) -> QuarantineRow:
    return QuarantineRow(
        view.item_id,
        moment(view.came_at),
        view.verdict,
        view.words,
        view.reverse_path,
        list(view.recipients),
        view.recipient_count,
        view.client,
        view.size_octets,
    )
