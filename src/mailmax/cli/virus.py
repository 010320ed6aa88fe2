"""``mailmax virus``."""

from typing import Annotated

from cyclopts import App, Parameter

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.hub.contract.quarantine import SwitchVirusCheck

app = App(name="virus", help="The virus check of many users at once.")

Flag = Annotated[bool, Parameter(negative="")]


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


def _switch(desk: Desk, domain: str, *, is_all: bool, is_on: bool) -> int:
    if bool(domain) == is_all:
        desk.fail("say --domain DOMAIN or --all, one of them", Exit.USAGE)
    word = "on" if is_on else "off"
    whose = domain or "all domains"
    request = SwitchVirusCheck(is_on, domain)
    return desk.change(request, f"the virus check of {whose} is {word}")
