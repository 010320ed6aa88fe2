"""``mailmax queue``: acting on what waits.

Theory:
    An order is carried out part by part (`hub.contract.steering`); what is said at the
    end is the sum. Before what cannot be undone the service is asked what it would be.
"""

import getpass
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Annotated

from cyclopts import Parameter
from msgspec import structs

from mailmax.base.units import counted
from mailmax.cli.confirming import Yes, confirm
from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import read_moment
from mailmax.cli.queue_choice import Choice, chosen
from mailmax.hub.client import HubClient
from mailmax.hub.contract.message import Denied, Request
from mailmax.hub.contract.queue import Selection
from mailmax.hub.contract.steering import Deed, Steered, SteerQueue
from mailmax.settings.field import BadValue

Flag = Annotated[bool, Parameter(negative="")]
Everything = Annotated[bool, Parameter(name="--all", negative="")]
Ask = Callable[[Selection, str, bool], Request[Steered | Denied]]
"""Makes the request: of whom, behind whom, only to say what it would be."""


def retry(
    *ids: str,
    choice: Choice | None = None,
    everything: Everything = False,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Try mail now, whatever its time; not what is held.

    Args:
        ids: ENTRY, or ENTRY.N for one of its recipients.
        choice: Which mail.
        everything: Whatever waits.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    selection = chosen(desk, ids, choice, everything=everything)
    return act(desk, selection, _ask("retry"), "tried now", dry_run=dry_run)


def flush(
    *ids: str,
    choice: Choice | None = None,
    everything: Everything = False,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Try much mail soon, 200 messages a second; fresh mail does not wait for it.

    Args:
        ids: ENTRY, or ENTRY.N for one of its recipients.
        choice: Which mail, as in --destination example.org.
        everything: Whatever waits.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    selection = chosen(desk, ids, choice, everything=everything)
    return act(desk, selection, _ask("flush"), "tried soon", dry_run=dry_run)


def hold(
    *ids: str,
    choice: Choice | None = None,
    everything: Everything = False,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Keep mail from being tried until it is released.

    Args:
        ids: ENTRY, or ENTRY.N for one of its recipients.
        choice: Which mail.
        everything: Whatever waits.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    selection = chosen(desk, ids, choice, everything=everything)
    return act(desk, selection, _ask("hold"), "held", dry_run=dry_run)


def release(
    *ids: str,
    choice: Choice | None = None,
    everything: Everything = False,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Let go of what was held by hand, and try it now.

    Args:
        ids: ENTRY, or ENTRY.N for one of its recipients.
        choice: Which mail.
        everything: Whatever is held.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    selection = chosen(desk, ids, choice, everything=everything)
    return act(desk, selection, _ask("release"), "released", dry_run=dry_run)


def delete(
    *ids: str,
    choice: Choice | None = None,
    everything: Everything = False,
    returned: Annotated[bool, Parameter(name="--return", negative="")] = False,
    yes: Yes = False,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Throw mail away; nobody is told unless you say so.

    Args:
        ids: ENTRY, or ENTRY.N for one of its recipients.
        choice: Which mail.
        everything: Whatever waits.
        returned: Send a report to the sender of each.
        yes: Do not ask first.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    selection = chosen(desk, ids, choice, everything=everything)
    done = "returned to the sender" if returned else "thrown away"
    ask = _ask("return" if returned else "delete")
    return act(desk, selection, ask, done, dry_run=dry_run, is_safe=yes)


def edit(
    *ids: str,
    to: str = "",
    at: str = "",
    choice: Choice | None = None,
    dry_run: Flag = False,
    common: Common | None = None,
) -> int:
    """Send mail to another address, or try it at another time.

    Args:
        ids: ENTRY, or ENTRY.N for one of its recipients.
        to: The address that it goes to instead.
        at: When it is tried next: 30m, 12h, "2030-12-31 18:00".
        choice: Which mail.
        dry_run: Only say for how many it would be.
        common: Options of every command.
    """
    desk = Desk(common)
    moment = read_moment("at", at, time.time())
    if isinstance(moment, BadValue):
        desk.fail(moment, Exit.USAGE)
    selection = chosen(desk, ids, choice)
    ask = _ask("edit", to, moment)
    done = f"sent to {to}" if to else f"tried at {at}"
    return act(desk, selection, ask, done, dry_run=dry_run)


def act(
    desk: Desk,
    selection: Selection,
    ask: Ask,
    done: str,
    *,
    dry_run: bool,
    is_safe: bool = True,
) -> int:
    """Carry out an order to its end and say for how many; return the code.

    Args:
        desk: The command's.
        selection: Whom it is for.
        ask: Makes the request.
        done: What has become of them, for people.
        dry_run: Only say what it would be.
        is_safe: Nothing is asked first.

    Raises:
        Ended: It was denied, nobody said yes, or the hub is away.
    """
    if dry_run or not is_safe:
        told = _sum(desk, selection, ask, dry_run=True)
        if dry_run:
            return _tell(desk, told, f"would be {done}")
        if told.recipients:
            words = f"{_shown(told)}: to be {done}; that cannot be undone"
            confirm(desk, words)
    told = _sum(desk, selection, ask, dry_run=False)
    return _tell(desk, told, f"{'is' if told.recipients == 1 else 'are'} {done}")


def administrator() -> str:
    """Return who types: the user of this computer, before he became another."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def _ask(deed: Deed, recipient: str = "", next_try_at: float = 0.0) -> Ask:
    by = administrator()
    return lambda selection, after, dry_run: SteerQueue(
        deed, selection, by, dry_run, after, recipient, next_try_at
    )


def _sum(desk: Desk, selection: Selection, ask: Ask, *, dry_run: bool) -> Steered:
    """Go on until all is done, and add up.

    Raises:
        Ended: It was denied, or the hub is away.
    """

    async def work(hub: HubClient) -> Steered | Denied:
        total = Steered()
        after = ""
        while True:
            part = await hub.ask(ask(selection, after, dry_run))
            if isinstance(part, Denied):
                return part
            total = structs.replace(
                total,
                messages=total.messages + part.messages,
                recipients=total.recipients + part.recipients,
                later=total.later + part.later,
                missing=total.missing + part.missing,
            )
            if not part.next:
                return total
            after = part.next

    total = desk.with_hub(work)
    if isinstance(total, Denied):
        desk.deny(total)
    return total


def _tell(desk: Desk, told: Steered, done: str) -> int:
    if desk.common.json:
        desk.show_json(told)
    else:
        print(f"{_shown(told)} {done}")
        if told.later:
            print(f"{told.later} of them when the try ends that is under way")
        if told.missing:
            named = ", ".join(told.missing)
            print(f"mailmax: not here (any more): {named}", file=sys.stderr)
    return Exit.NOT_FOUND if told.missing else Exit.DONE


def _shown(told: Steered) -> str:
    recipients = counted(told.recipients, "recipient")
    return f"{recipients} of {counted(told.messages, 'message')}"
