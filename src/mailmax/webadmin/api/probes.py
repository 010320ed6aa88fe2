"""A test message to a user: sent, seen to arrive, and read.

Rules:
    What is read is the test message itself and nothing else: the hub shows a message
    only where its octets are those that it wrote (`hub.contract.probes`). So who
    administers a user has no way here to what others wrote to that user, and needs no
    more right than to see the user. It is plain text, never HTML.

Manual: 1.4.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

import msgspec

from mailmax.hub.contract.probes import (
    MOST_PATIENCE_MS,
    AskProbe,
    ProbeLanguage,
    ProbeReason,
    ProbeSeen,
    ProbeSent,
    ProbeState,
    SendProbe,
)
from mailmax.hub.contract.probes import FiredRule as Fired
from mailmax.hub.contract.rules import RuleScope
from mailmax.webadmin.api.mail import MessageText, text_of
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import SystemAdministrator, User
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.routes import BASE, Shape, route, users


class TestMessageOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test message to be."""

    language: ProbeLanguage = "en"
    """In which it is written."""


class TestMessageSent(msgspec.Struct, frozen=True):
    """It is on its way: what was taken is on disk."""

    id: str
    message_id: str
    sent_at: str | None


class TestMessagePatience(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long to wait for it."""

    wait_ms: Annotated[int, msgspec.Meta(ge=0, le=MOST_PATIENCE_MS)] = 0


class FiredRule(msgspec.Struct, frozen=True):
    """A rule that decides over it."""

    scope: RuleScope
    name: str
    """Empty, where it is not the caller's to see."""


class TestMessage(msgspec.Struct, frozen=True):
    """Where a test message is."""

    state: ProbeState
    """diverted: rules or forwards leave no copy here; removed: it was here."""
    mailbox: str
    uid: int
    took_ms: int | None
    """From when it was sent until it was there; None: not known."""
    reason: ProbeReason
    """Why it is not there."""
    addresses: list[str]
    """Where the user has it forwarded to."""
    rules: list[FiredRule]
    """Those that forward or discard it."""
    message: MessageText | None
    """As it lies in the mailbox."""


@route(
    "POST /users/{address}/test-messages",
    scope="users:write",
    owner=users("address", is_own=True),
    shape=Shape(
        takes=TestMessageOrder, gives=TestMessageSent, status=HTTPStatus.CREATED
    ),
)
async def send_test_message(call: Call) -> Answer:
    """Send a test message to a user, the way that mail goes."""
    address = call.params["address"]
    request = SendProbe(address, call.taken(TestMessageOrder).language)
    sent = await call.carry_out(request, ProbeSent)
    place = f"{BASE}/users/{quote(address, safe='')}/test-messages/{sent.probe_id}"
    told = TestMessageSent(sent.probe_id, sent.message_id, moment(sent.sent_at))
    return made(told, place)


@route(
    "GET /users/{address}/test-messages/{item}",
    scope="users:read",
    owner=users("address", is_own=True),
    shape=Shape(query=TestMessagePatience, gives=TestMessage),
)
async def show_test_message(call: Call) -> TestMessage:
    """Show whether a test message has arrived, where, and how it reads."""
    address, item = call.params["address"], call.params["item"]
    request = AskProbe(address, item, call.asked(TestMessagePatience).wait_ms)
    seen = await call.ask(request, ProbeSeen)
    octets = seen.octets
    return TestMessage(
        seen.state,
        seen.mailbox,
        seen.uid,
        None if seen.took_ms < 0 else seen.took_ms,
        seen.reason,
        list(seen.addresses),
        [FiredRule(one.scope, _name(call, one)) for one in seen.rules],
        text_of(octets, len(octets)) if octets else None,
    )


def _name(call: Call, rule: Fired) -> str:
    """Return what a rule is called: those of who may more are not a user's to know."""
    principal = call.principal
    may = {"user": True, "domain": not isinstance(principal, User), "system": False}
    is_all = isinstance(principal, SystemAdministrator)
    return rule.name if is_all or may[rule.scope] else ""


ROUTES = (send_test_message, show_test_message)
