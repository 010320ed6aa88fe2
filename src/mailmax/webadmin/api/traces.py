"""Services watched live: traces, and events as they happen (SPY-1, SPY-2).

Rules:
    Only system administrators watch. No line holds a password: services make them so.

Manual: 9.2, 11.1; SCREENS 3.5.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Literal, get_args

import msgspec

from mailmax.hub.contract.message import Request
from mailmax.hub.contract.spying import Watching, WatchLogins, WatchTrace
from mailmax.webadmin.api.words import moment
from mailmax.webadmin.authorize import SystemAdministrator, Whose
from mailmax.webadmin.live import sse
from mailmax.webadmin.live.streams import Reader
from mailmax.webadmin.live.topics import Topic
from mailmax.webadmin.live.traces import Trace as Running
from mailmax.webadmin.live.traces import Wish
from mailmax.webadmin.rest.answers import Answer, made
from mailmax.webadmin.rest.call import Call
from mailmax.webadmin.rest.lists import Page
from mailmax.webadmin.rest.problems import Problem, bad_request, not_found
from mailmax.webadmin.rest.routes import BASE, Shape, nobodys, route

_SYSTEM = nobodys(Whose.SYSTEM)
_MOST_TRACES = 10
"""In one stream."""

Service = Literal["smtpmax", "popmax", "imapmax", "queuemax", "logins"]
Word = Annotated[str, msgspec.Meta(max_length=320)]


class Which(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Only what fits all of these; empty: everything."""

    address: Word = ""
    """Clients there: an address or a range."""
    user: Word = ""
    """Sessions of who has logged in so."""
    session: Word = ""
    """That one."""


class NewTrace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be watched."""

    service: Service
    """logins: clients of POP3 and IMAP come, log in and go."""
    events: Annotated[list[Word], msgspec.Meta(max_length=20)] = []
    """Of a service: one at least, of those the manual lists."""
    filter: Which = Which()


class Trace(msgspec.Struct, frozen=True):
    """A trace that runs."""

    id: str
    service: str
    events: list[str]
    filter: Which
    by: str
    """Who began it."""
    started_at: str | None
    running: list[str]
    """Where the service runs."""
    lines: int
    """How many there were."""


class Listening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a stream tells."""

    trace: Annotated[str, msgspec.Meta(max_length=500)] = ""
    """Ids of traces, between commas."""
    topics: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """activity, queue, presence: between commas."""
    last_event_id: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    """As the header Last-Event-ID, for who cannot set it."""


@route(
    "POST /traces",
    scope="traces:write",
    owner=_SYSTEM,
    shape=Shape(takes=NewTrace, gives=Trace, status=HTTPStatus.CREATED),
)
async def begin_trace(call: Call) -> Answer:
    """Begin to watch a service; it ends when nobody reads it for a minute."""
    new = call.taken(NewTrace)
    traces = call.live.traces
    if traces.are_too_many:
        detail, hint = "too many traces run", "end some: each costs the services"
        raise Problem(HTTPStatus.CONFLICT, "conflict", detail, hint=hint)
    begin = _request(new)
    watching = await call.carry_out(begin, Watching)
    which = new.filter
    wish = Wish(
        new.service,
        tuple(new.events),
        which.address,
        which.user,
        which.session,
        _name(call),
        begin,
    )
    trace = traces.begin(wish, watching)
    return made(_shown(trace), f"{BASE}/traces/{trace.trace_id}")


@route(
    "GET /traces", scope="traces:read", owner=_SYSTEM, shape=Shape(gives=Page[Trace])
)
async def list_traces(call: Call) -> Page[Trace]:
    """List the traces that run."""
    rows = [_shown(one) for one in call.live.traces.all()]
    return Page(rows, total=len(rows))


@route("DELETE /traces/{trace}", scope="traces:write", owner=_SYSTEM)
async def end_trace(call: Call) -> None:
    """End a trace."""
    await call.live.traces.end(_find(call, call.params["trace"]))


@route(
    "GET /events",
    scope="traces:read",
    owner=_SYSTEM,
    shape=Shape(query=Listening, media_type=sse.MEDIA_TYPE),
)
async def listen(call: Call) -> Answer:
    """Tell what happens in traces and topics, as server-sent events."""
    asked = call.asked(Listening)
    names = asked.trace.split(",") if asked.trace else []
    if len(names) > _MOST_TRACES:
        detail = f"a stream tells of {_MOST_TRACES} traces at most"
        raise bad_request("too_many", detail, "trace")
    traces = [_find(call, name) for name in dict.fromkeys(names)]
    topics = _topics(asked.topics)
    if not traces and not topics:
        hint = "name traces, or topics: activity, queue, presence"
        raise bad_request("nothing", "nothing is listened to", "trace", hint)
    if call.live.is_full(call.caller.token):
        detail, hint = "too many are listening", "close some pages"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "too_many", detail, hint=hint)
    last = call.exchange.headers.get("last-event-id", "") or asked.last_event_id
    places = sse.places_of(last)
    reader = Reader(call.caller.token, traces, topics, places, call.may_still)
    headers = {"X-Accel-Buffering": "no"}
    stream = call.live.stream(reader)
    return Answer(body=stream, media_type=sse.MEDIA_TYPE, headers=headers)


ROUTES = (begin_trace, list_traces, end_trace, listen)


def _request(new: NewTrace) -> Request[object]:
    if new.service == "logins":
        return WatchLogins()
    which = new.filter
    events = tuple(new.events)
    return WatchTrace(
        new.service, events, which.address.strip(), which.user, which.session
    )


def _find(call: Call, name: str) -> Running:
    trace = call.live.traces.find(name)
    if trace is None:
        raise not_found("that trace has ended")
    return trace


def _topics(words: str) -> Sequence[Topic]:
    asked = words.split(",") if words else []
    known: tuple[Topic, ...] = get_args(Topic)
    for word in asked:
        if word not in known:
            hint = f"there are {', '.join(known)}"
            raise bad_request("topic", "there is no such topic", "topics", hint)
    return [topic for topic in known if topic in asked]


def _name(call: Call) -> str:
    principal = call.principal
    return principal.address if isinstance(principal, SystemAdministrator) else ""


def _shown(trace: Running) -> Trace:
    wish = trace.wish
    return Trace(
        trace.trace_id,
        wish.service,
        list(wish.events),
        Which(wish.address, wish.user, wish.session),
        wish.by,
        moment(trace.started_at),
        list(trace.running),
        trace.last,
    )
