"""``mailmax hostpassword``: the password by which services find DataMax (HUB-4)."""

import sys

from mailmax.cli.desk import Common, Desk, Password, read_secret
from mailmax.cli.exits import Exit
from mailmax.hub.contract.host_password import SetHostPassword
from mailmax.hub.contract.message import Denied, Secret


def hostpassword(*, password: Password = "", common: Common | None = None) -> int:
    """Set the host password; running services learn it and join again.

    Args:
        password: Asked for twice when missing; - reads a line of standard input.
        common: Options of every command.
    """
    desk = Desk(common)
    secret = Secret(read_secret(password, "New host password", twice=True))
    answer = desk.ask(SetHostPassword(secret))
    if isinstance(answer, Denied):  # it has ended the command already
        return Exit.DENIED
    if desk.common.json:
        desk.show_json(answer)
        return Exit.DONE
    note = f" ({answer.note})" if answer.note else ""
    told = ", ".join(answer.told) or "nobody"
    print(f"the host password is changed{note}; told: {told}")
    if answer.untold:
        print(f"give it by hand to: {', '.join(answer.untold)}", file=sys.stderr)
    return Exit.DONE
