"""``mailmax token``: keys for programs that use the REST API."""

import time

from cyclopts import App

from mailmax.cli.desk import Common, Desk
from mailmax.cli.exits import Exit
from mailmax.cli.moments import read_moment, shown_moment
from mailmax.cli.paging import Look, Paging, show_list
from mailmax.hub.contract.web import AddApiKey, ApiKeyAdded, ListApiKeys, RemoveApiKey
from mailmax.settings.field import BadValue

app = App(name="token", help="Keys for programs that use the REST API.")


@app.command
def add(
    name: str,
    *,
    scopes: str,
    owner: str = "",
    expires: str = "",
    common: Common | None = None,
) -> int:
    """Make a key; it is shown this once.

    Args:
        name: What for, in your words.
        scopes: What it may do, with commas between: domains:read, queue:write,
            users:*; "*" is all that its owner may.
        owner: Address of a user: the key may what the user may, and ends with the
            password. Without one it is the system's and may everything.
        expires: 30d, 2030-12-31 or "2030-12-31 18:00"; never when missing.
        common: Options of every command.
    """
    desk = Desk(common)
    until = read_moment("expires", expires, time.time())
    if isinstance(until, BadValue):
        desk.fail(until, Exit.USAGE)
    wanted = tuple(scopes.replace(",", " ").split())
    answer = desk.ask(AddApiKey(name, wanted, owner, until))
    if not isinstance(answer, ApiKeyAdded):  # a Denied has ended the command
        return Exit.DENIED
    if desk.common.json:
        desk.show_json({"key_id": answer.key_id, "key": answer.key.value})
        return Exit.DONE
    print(f"key {answer.key_id}, which is not shown again:\n{answer.key.value}")
    return Exit.DONE


@app.command(name="list")
def list_(
    *, owner: str = "", paging: Paging | None = None, common: Common | None = None
) -> int:
    """Show which keys there are, and when they were used.

    Args:
        owner: Address of a user; all keys when missing.
        paging: Which part of the list.
        common: Options of every command.
    """
    return show_list(
        Desk(common),
        paging,
        lambda after, limit: ListApiKeys(owner, after, limit),
        Look(
            ("Key", "Name", "Owner", "Scopes", "Expires", "Last used"),
            lambda row: (
                row.key_id,
                row.name,
                row.owner or "the system",
                " ".join(row.scopes),
                shown_moment(row.ends_at) or "never",
                shown_moment(row.used_at) or "never",
            ),
        ),
    )


@app.command
def remove(key: int, *, common: Common | None = None) -> int:
    """Let a key open nothing any more.

    Args:
        key: Its number, as in the list.
        common: Options of every command.
    """
    return Desk(common).change(RemoveApiKey(key), f"key {key} opens nothing any more")
