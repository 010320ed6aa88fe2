"""Is mail flowing, is anything wrong, what do I do: pure.

Theory:
    What the hub tells becomes a list of troubles, the worst first. Each has a stable
    word for programs and pages, which say it in their own language, and words in
    English with a cure for all others.

Limits:
    A disk with less than a tenth free is a warning, with less than a twentieth a
    trouble.

Manual: 2.2.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from mailmax.hub.contract.presence import ServiceView, Status
from mailmax.hub.contract.summary import Summary

LOW: Final = 0.10
VERY_LOW: Final = 0.05
_ORDER: Final = ("bad", "warn")


class Trouble(msgspec.Struct, frozen=True):
    """Something that is not as it should be."""

    state: Literal["bad", "warn"]
    code: str
    """A word that does not change between versions."""
    text: str
    cure: str
    service: str = ""
    node: str = ""


_NO_CONNECTION: Final = Trouble(
    "bad",
    "no_connection",
    "this system has no connection: nobody can connect",
    "add an address to listen on",
)


def health_of(
    status: Status, summary: Summary, *, has_connections: bool = True
) -> list[Trouble]:
    """Return what is wrong, the worst first; nothing: all is well."""
    found = [
        *(() if has_connections else (_NO_CONNECTION,)),
        *_of_missing(summary),
        *(one for view in status.services for one in _of_service(view, status)),
        *_of_disk(summary),
    ]
    return sorted(found, key=lambda one: _ORDER.index(one.state))


def _of_missing(summary: Summary) -> Iterator[Trouble]:
    for one in summary.down:
        yield Trouble(
            "bad",
            "down",
            f"{one.role} on {one.node} does not run",
            "start it, or look into its log for why it ends",
            one.role,
            one.node,
        )
    for role in summary.stopped:
        yield Trouble(
            "warn",
            "stopped",
            f"{role} was stopped",
            "start it when it is wanted again",
            role,
            summary.host,
        )


def _of_service(view: ServiceView, status: Status) -> Iterator[Trouble]:
    role, node = view.role, view.node
    if not view.ready:
        text = f"{role} on {node} is not ready yet"
        yield Trouble("warn", "not_ready", text, "wait a moment", role, node)
    if view.trouble:
        cure = f"look into the log of {role} on {node}"
        yield Trouble("warn", "trouble", view.trouble, cure, role, node)
    if view.software != status.software:
        text = f"{role} on {node} is {view.software}, DataMax is {status.software}"
        cure = "start it anew with the same version"
        yield Trouble("warn", "other_version", text, cure, role, node)


def _of_disk(summary: Summary) -> Iterator[Trouble]:
    if not summary.disk_octets:
        return
    free = summary.free_octets / summary.disk_octets
    if free < LOW:
        yield Trouble(
            "bad" if free < VERY_LOW else "warn",
            "disk",
            f"{free:.0%} of the disk of {summary.queue_directory} are free",
            "make room, or give it a larger disk: without room no mail is taken",
            "",
            summary.host,
        )
