"""``mailmax user forward`` and ``mailmax user reply``."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.hub.contract.users import ChangeForward, ChangeUser
from mailmax.settings.field import BadValue


def forward(
    address: str,
    action: Literal["add", "remove"],
    target: str,
    *,
    common: Common | None = None,
) -> int:
    """Change a user's list of forwards by one address.

    Args:
        address: Whose.
        action: What to do.
        target: Where mail goes as well, here or elsewhere; `user set ADDRESS
            forwarding_on=on` switches the list on.
        common: Options of every command.
    """
    is_wanted = action == "add"
    done = f"{target} is {'in' if is_wanted else 'not in'} the list of {address}"
    return Desk(common).change(ChangeForward(address, target, is_wanted), done)


def reply(
    address: str,
    file: Path | None = None,
    *,
    off: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Let a user answer by itself with the text of a file, or stop that.

    Subject, name and the rest are settings: `user set ADDRESS reply_subject=…`.

    Args:
        address: Whose.
        file: UTF-8; - is standard input. Without one the text stays as it was.
        off: Answer no more; the text stays.
        common: Options of every command.
    """
    desk = Desk(common)
    values = {"reply_on": "off" if off else "on"}
    if file is not None:
        values["reply_text"] = _read_text(desk, file)
    done = "answers no more" if off else "answers who writes"
    return desk.change(ChangeUser(address, values), f"{address} {done}")


def _read_text(desk: Desk, file: Path) -> str:
    try:
        octets = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return octets.decode()
    except OSError as error:
        why = error.strerror or "it cannot be read"
        desk.fail(BadValue(str(file), why, "name a text file"), Exit.USAGE)
    except UnicodeDecodeError:
        bad = BadValue(str(file), "it is not UTF-8", "save it as UTF-8 text")
        desk.fail(bad, Exit.USAGE)
