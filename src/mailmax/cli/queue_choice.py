"""The options with which commands say what of the queue is meant."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from mailmax.cli.desk import Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import read_span
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.queue import Selection
from mailmax.settings.field import BadValue


@Parameter(name="*")
@dataclass(frozen=True)
class Choice:
    """Which mail: all that is said must fit."""

    destination: Annotated[
        str, Parameter(help="Domain it goes to; *.domain: all below one.")
    ] = ""
    sender: Annotated[
        str, Parameter(help="name@domain, domain, *.domain or *part*; <>: reports.")
    ] = ""
    recipient: Annotated[
        str, Parameter(help="name@domain, domain, *.domain or *part*.")
    ] = ""
    state: Annotated[str, Parameter(help="As the list shows it.")] = ""
    older_than: Annotated[
        str, Parameter(help="It came longer ago than that: 30m, 12h, 5d.")
    ] = ""


def chosen(
    desk: Desk, ids: tuple[str, ...], choice: Choice | None, *, everything: bool = False
) -> Selection:
    """Return what is meant.

    Raises:
        Ended: A time cannot be read.
    """
    said = choice or Choice()
    older_than_s = read_span("older-than", said.older_than)
    if isinstance(older_than_s, BadValue):
        desk.fail(older_than_s, Exit.USAGE)
    return Selection(
        ids,
        said.destination,
        said.sender,
        said.recipient,
        said.state,
        older_than_s,
        everything,
    )


def none_of(ids: tuple[str, ...], place: str) -> Denied | None:
    """Return what it means that nothing is found by ids; None: none were given."""
    if not ids:
        return None
    some = ", ".join(ids[:3]) + (", …" if ids[3:] else "")
    return Denied("not_found", "ids", f"nothing in {place} is meant by {some}")
