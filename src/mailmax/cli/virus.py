"""``mailmax virus``."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Final

from cyclopts import App, Parameter

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.virus_shown import state_lines, trial_lines, update_lines
from mailmax.hub.client import HubClient
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.quarantine import SwitchVirusCheck
from mailmax.hub.contract.virus import (
    AskVirusState,
    BeginVirusTest,
    BeginVirusUpdate,
    VirusState,
)

app = App(name="virus", help="Virus scanners, and the check of many users at once.")

LOOK_S: Final = 0.5

Flag = Annotated[bool, Parameter(negative="")]


@app.command
def status(*, node: str = "", common: Common | None = None) -> int:
    """Show how the scanners are, the last update and the last test.

    Args:
        node: On that computer; by default on one where SMTPMax runs.
        common: Options of every command.
    """
    desk = Desk(common)
    state = desk.ask(AskVirusState(node))
    if not isinstance(state, VirusState):  # a Denied has ended the command
        return Exit.DENIED
    if desk.common.json:
        desk.show_json(state)
    else:
        print("\n".join(state_lines(state)))
    return Exit.DONE


@app.command(name="test")
def try_scanners(*, node: str = "", common: Common | None = None) -> int:
    """Give the test file EICAR to each scanner that is on, and wait for the verdicts.

    Args:
        node: On that computer; by default on one where SMTPMax runs.
        common: Options of every command.
    """
    desk = Desk(common)
    state = _carried_out(desk, BeginVirusTest(node), lambda it: it.trial.is_running)
    if desk.common.json:
        desk.show_json(state.trial)
    else:
        print("\n".join(trial_lines(state.trial)))
    is_right = all(one.verdict == "found" for one in state.trial.verdicts)
    return Exit.DONE if is_right else Exit.FOUND


@app.command
def update(*, node: str = "", common: Common | None = None) -> int:
    """Fetch new virus definitions now, and wait until that is done.

    Args:
        node: On that computer; by default on one where SMTPMax runs.
        common: Options of every command.
    """
    desk = Desk(common)
    state = _carried_out(desk, BeginVirusUpdate(node), lambda it: it.update.is_running)
    if desk.common.json:
        desk.show_json(state.update)
    else:
        print("\n".join(update_lines(state.update)))
    return Exit.LATER if state.update.trouble else Exit.DONE


@app.command
def enable(
    *,
    domain: str = "",
    all: Flag = False,  # noqa: A002 - the option's name
    common: Common | None = None,
) -> int:
    """Have the mail of all users of a domain, or of all domains, looked at.

    Their own setting goes: the domain's holds, also for users who are added later.

    Args:
        domain: Of which.
        all: Of all domains.
        common: Options of every command.
    """
    return _switch(Desk(common), domain, is_all=all, is_on=True)


@app.command
def disable(
    *,
    domain: str = "",
    all: Flag = False,  # noqa: A002 - the option's name
    common: Common | None = None,
) -> int:
    """Have the mail of all users of a domain, or of all domains, not looked at.

    Args:
        domain: Of which.
        all: Of all domains.
        common: Options of every command.
    """
    return _switch(Desk(common), domain, is_all=all, is_on=False)


def _carried_out(
    desk: Desk,
    begin: BeginVirusTest | BeginVirusUpdate,
    is_running: Callable[[VirusState], bool],
) -> VirusState:
    """Begin something, and return the state once it has ended."""

    async def work(hub: HubClient) -> VirusState | Denied:
        state = await hub.ask(begin)
        while isinstance(state, VirusState) and is_running(state):
            await asyncio.sleep(LOOK_S)
            state = await hub.ask(AskVirusState(state.node))
        return state

    state = desk.with_hub(work)
    if isinstance(state, Denied):
        desk.deny(state)
    return state


def _switch(desk: Desk, domain: str, *, is_all: bool, is_on: bool) -> int:
    if bool(domain) == is_all:
        desk.fail("say --domain DOMAIN or --all, one of them", Exit.USAGE)
    word = "on" if is_on else "off"
    whose = domain or "all domains"
    request = SwitchVirusCheck(is_on, domain)
    return desk.change(request, f"the virus check of {whose} is {word}")
