"""What Prometheus is told: services, sessions, activity, queue.

Rules:
    Told to programs of this computer, or to who has the scope ``metrics:read``. A part
    that cannot be asked now is left out; whether the hub can be is told always.

Standards: Prometheus text format 0.0.4.
"""

from collections.abc import Iterable, Sequence

from mailmax.base.errors import Failure
from mailmax.hub.contract.activity import Activity, AskActivity
from mailmax.hub.contract.presence import AskStatus, Status
from mailmax.hub.contract.queue import CountQueue, QueueCounts
from mailmax.webadmin.rest.call import Hub

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_COUNTED = ("smtpmax", "popmax", "imapmax", "queuemax")

Sample = tuple[dict[str, str], int]


async def collect(hub: Hub) -> bytes:
    """Ask for all that is told, and write it."""
    families: list[str] = []
    try:
        status = await hub.ask(AskStatus())
    except Failure:
        status = None
    is_up = isinstance(status, Status)
    families.append(_family("up", "DataMax can be asked.", [({}, int(is_up))]))
    if isinstance(status, Status):
        families += _of_status(status)
        families += await _of_activity(hub)
        families += await _of_queue(hub)
    return "".join(families).encode()


def _of_status(status: Status) -> Iterable[str]:
    services = [({"role": one.role, "node": one.node}, one) for one in status.services]
    ready = [(labels, int(one.ready)) for labels, one in services]
    sessions = [(labels, int(one.sessions)) for labels, one in services]
    stalls = [(labels, int(one.stalls)) for labels, one in services]
    yield _family("service_ready", "The service is ready.", ready)
    yield _family("service_sessions", "Clients that are connected.", sessions)
    yield _family("service_stalls", "Times that an event loop stood still.", stalls)
    yield _family("domains", "Local domains.", [({}, int(status.domains))])
    yield _family("users", "Users.", [({}, int(status.users))])


async def _of_activity(hub: Hub) -> list[str]:
    samples: list[Sample] = []
    for service in _COUNTED:
        try:
            told = await hub.ask(AskActivity(service, "hour"))
        except Failure:
            continue
        if isinstance(told, Activity):
            samples += [
                ({"service": service, "measure": one.measure}, int(sum(one.values)))
                for one in told.series
            ]
    about = "What was done within the last hour."
    return [_family("activity_last_hour", about, samples)]


async def _of_queue(hub: Hub) -> list[str]:
    try:
        counts = await hub.ask(CountQueue(top=0))
    except Failure:
        return []
    if not isinstance(counts, QueueCounts):
        return []
    states = [({"state": one.state}, int(one.heap.recipients)) for one in counts.states]
    total = counts.total
    return [
        _family("queue_messages", "Messages that wait.", [({}, int(total.messages))]),
        _family("queue_octets", "Octets of these.", [({}, int(total.octets))]),
        _family("queue_recipients", "Recipients that wait, by state.", states),
    ]


def _family(name: str, about: str, samples: Sequence[Sample]) -> str:
    name = f"mailmax_{name}"
    lines = [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
    lines += [f"{name}{_labels(labels)} {value}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{key}="{_escaped(value)}"' for key, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
