"""``mailmax user``."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from mailmax.base.errors import TemporaryFailure
from mailmax.base.units import counted
from mailmax.cli import forwarding, second_factor
from mailmax.cli.administrators import admin, administered_by
from mailmax.cli.confirming import Yes
from mailmax.cli.csv_users import in_parts, read_users
from mailmax.cli.desk import Common, Desk, Password, as_plain, read_secret
from mailmax.cli.exits import KIND_EXITS, Exit
from mailmax.cli.moments import shown_moment
from mailmax.cli.paging import Choosing, Look, show_list
from mailmax.cli.probing import send_test_message
from mailmax.cli.values import Values, changed_values, show_detail, typed_values
from mailmax.hub.client import HubClient
from mailmax.hub.contract.administration import DeleteWay, Detail
from mailmax.hub.contract.maildrops import MaildropView, UnlockMaildrop
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.rows import UserKind
from mailmax.hub.contract.users import (
    AddUser,
    ChangeUser,
    DeleteUser,
    ImportUsers,
    ListUsers,
    RenameUser,
    SetApopSecret,
    SetPassword,
    ShowUser,
    UserView,
)
from mailmax.settings.field import BadValue

app = App(name="user", help="Users and their passwords.")
app.command(second_factor.app)


@app.command
def add(  # noqa: PLR0913 - options of a command
    address: str,
    *,
    password: Password = "",
    first: str = "",
    last: str = "",
    settings: Values = None,
    blank: Annotated[bool, Parameter(negative="")] = False,
    apop_secret: Password = "",
    common: Common | None = None,
) -> int:
    """Add a user.

    Args:
        address: name@domain; the domain must be local.
        password: Asked for when missing, but for a spam trap (kind=trap), which
            nobody logs in to; - reads a line of standard input; a hash ({SCHEME}… or
            $…) is taken as such.
        first: First name.
        last: Last name.
        settings: KEY=VALUE, as in box_limit_octets=500M; see docs/reference.
        blank: Give no password at all; the setting blank_passwords says what that
            user may do.
        apop_secret: A separate secret for APOP; - reads a line of standard input,
            behind that of the password.
        common: Options of every command.
    """
    desk = Desk(common)
    values = {"first_name": first, "last_name": last}
    values |= typed_values(desk, settings)
    blank = blank or (values.get("kind") == "trap" and not password)
    text = "" if blank else read_secret(password, "Password", twice=True)
    secret = read_secret(apop_secret, "APOP secret", twice=False) if apop_secret else ""
    request = AddUser(address, Secret(text), values, blank, Secret(secret))
    return desk.change(request, f"{address} is a user here")


@app.command(name="list")
def list_(  # noqa: PLR0913 - options of a command
    domain: str = "",
    *,
    kind: Annotated[list[UserKind], Parameter(negative="")] | None = None,
    admins: bool | None = None,
    may_administer: str = "",
    nearly_full: bool | None = None,
    user: str = "",
    first: str = "",
    last: str = "",
    choosing: Choosing | None = None,
    common: Common | None = None,
) -> int:
    """Show the users of all domains or of one.

    Args:
        domain: Only this one's.
        kind: Only users of this type; may be given again.
        admins: Only who administers a domain or the system, or only the others.
        may_administer: Only who may administer that domain: it or the whole system.
        nearly_full: Only whose box is more than 90 % full, or only the others.
        user: Only whose user name (the address before the @) holds this text.
        first: Only whose first name holds this text, whatever the case.
        last: Only whose last name holds this text, whatever the case.
        choosing: Which part of the list.
        common: Options of every command.
    """
    chosen = choosing or Choosing()
    return show_list(
        Desk(common),
        chosen,
        lambda after, limit: ListUsers(
            domain,
            chosen.part(after, limit),
            tuple(kind or ()),
            admins,
            nearly_full,
            may_administer,
            user,
            first,
            last,
        ),
        Look(_COLUMNS, _cells),
    )


@app.command
def show(address: str, *, common: Common | None = None) -> int:
    """Show every setting of a user.

    Args:
        address: Whose.
        common: Options of every command.
    """
    return show_detail(Desk(common), ShowUser(address))


@app.command(name="set")
def set_(address: str, *values: str, common: Common | None = None) -> int:
    """Change settings of a user; they act at once.

    Args:
        address: Whose.
        values: KEY=VALUE, as many as you like; an empty value takes the user's own
            away, so that the domain's holds again.
        common: Options of every command.
    """
    desk = Desk(common)
    request = ChangeUser(address, changed_values(desk, values))
    return desk.change(request, f"{address} is changed")


app.command(forwarding.forward)
app.command(forwarding.reply)
app.command(admin)


@app.command
def delete(
    address: str,
    *,
    way: DeleteWay = "database",
    yes: Yes = False,
    common: Common | None = None,
) -> int:
    """Remove a user.

    Args:
        address: Whose.
        way: database: the files stay; archive: Housekeeping puts them away under the
            date; remove: Housekeeping removes them after the days of grace.
        yes: Delete although others point there; they will point nowhere.
        common: Options of every command.
    """
    request = DeleteUser(address, way, yes)
    return Desk(common).change(request, f"{address} is no user here any more")


@app.command
def rename(
    address: str,
    new_address: str,
    *,
    keep_old: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Give a user another name in the same domain; mail and password stay.

    Args:
        address: Whose.
        new_address: The new full address.
        keep_old: Let the old address be an alias of the user.
        common: Options of every command.
    """
    request = RenameUser(address, new_address, keep_old)
    return Desk(common).change(request, f"{address} is {new_address} now")


@app.command
def password(
    address: str,
    *,
    password: Password = "",
    blank: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Set a user's password; open sessions of the user end within a minute.

    Args:
        address: Whose.
        password: Asked for when missing; - reads a line of standard input.
        blank: Take the password away; the setting blank_passwords says what the user
            may do then.
        common: Options of every command.
    """
    text = "" if blank else read_secret(password, "New password", twice=True)
    done = f"{address} has no password" if blank else f"{address} has a new password"
    return Desk(common).change(SetPassword(address, Secret(text), blank), done)


@app.command
def apop(
    address: str,
    *,
    secret: Password = "",
    remove: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """Set a user's separate secret for APOP; it is kept encrypted.

    Args:
        address: Whose.
        secret: Asked for when missing; - reads a line of standard input.
        remove: Take the secret away instead.
        common: Options of every command.
    """
    text = "" if remove else read_secret(secret, "APOP secret", twice=True)
    if not text and not remove:
        bad = BadValue("secret", "it is blank", "give one, or say --remove")
        Desk(common).fail(bad, Exit.USAGE)
    done = "has no APOP secret any more" if remove else "has a new APOP secret"
    return Desk(common).change(
        SetApopSecret(address, Secret(text)), f"{address} {done}"
    )


app.command(send_test_message, name="test-message")


@app.command
def enable(address: str, *, common: Common | None = None) -> int:
    """Let a user log in and receive again.

    Args:
        address: Who.
        common: Options of every command.
    """
    return _switch(Desk(common), address, "normal", "enabled")


@app.command
def disable(address: str, *, common: Common | None = None) -> int:
    """Forbid a user to log in and to receive; open sessions end within a minute.

    Args:
        address: Who.
        common: Options of every command.
    """
    return _switch(Desk(common), address, "disabled", "disabled")


def _switch(desk: Desk, address: str, kind: str, word: str) -> int:
    """Change the kind of a user, but never of a spam trap: it would be one no more."""
    shown = desk.ask(ShowUser(address))
    rows = shown.rows if isinstance(shown, Detail) else ()
    if any(row.key == "kind" and json.loads(row.value) == "trap" for row in rows):
        bad = BadValue(
            "kind",
            f"{address} is a spam trap, and would be none any more",
            f"if that is meant: mailmax user set {address} kind={kind}",
        )
        desk.fail(bad, Exit.CONFLICT)
    return desk.change(ChangeUser(address, {"kind": kind}), f"{address} is {word}")


@app.command(name="import")
def import_(file: Path, *, common: Common | None = None) -> int:
    """Add the users of a CSV file: address,password,first,last.

    Lines that cannot be taken are named; the others are taken.

    Args:
        file: UTF-8; a password that begins with {SCHEME} or $ is a hash.
        common: Options of every command.
    """
    desk = Desk(common)
    read = read_users(file)
    if isinstance(read, BadValue):
        desk.fail(read, Exit.USAGE)

    async def work(hub: HubClient) -> tuple[int, list[tuple[int, Denied]]]:
        added = 0
        refused = list(read.refused)
        parts = list(in_parts(read.users))
        for part in parts:
            rows = tuple(line.row for line in part)
            answer = await hub.ask(ImportUsers(rows, part is parts[-1]))
            if isinstance(answer, Denied):
                raise TemporaryFailure(str(answer))
            added += answer.added
            refused += [(part[one.number].number, one.why) for one in answer.refused]
        return added, sorted(refused, key=lambda one: one[0])

    added, refused = desk.with_hub(work)
    if desk.common.json:
        named = [{"line": number, "why": as_plain(why)} for number, why in refused]
        desk.show_json({"added": added, "refused": named})
    else:
        print(
            f"{counted(added, 'user')} added"
            + (f", {len(refused)} not" if refused else "")
        )
        for number, why in refused:
            print(f"mailmax: {file}, line {number}: {why}", file=sys.stderr)
    return KIND_EXITS[refused[0][1].kind] if refused else Exit.DONE


@app.command
def unlock(
    address: str,
    *,
    only_show: Annotated[bool, Parameter(negative="")] = False,
    common: Common | None = None,
) -> int:
    """End the POP3 session that keeps a user's INBOX locked; IMAP goes on.

    Only for a session whose client is gone without a word: whoever is really there
    loses the session, too.

    Args:
        address: Whose.
        only_show: Say who has it, and leave it.
        common: Options of every command.
    """
    desk = Desk(common)
    view = desk.ask(UnlockMaildrop(address, only_show))
    if not isinstance(view, MaildropView):  # a Denied has ended the command
        return Exit.DENIED
    if desk.common.json:
        desk.show_json(view)
    else:
        print(f"{address}: {_LOCKS[view.state]}{_holder(view)}")
    return Exit.DONE


_LOCKS = {
    "free": "the INBOX is not locked",
    "held": "the INBOX is locked by POP3",
    "ghost": "only a note of a lock was left, it is gone; it was POP3",
    "freed": "the INBOX is free; it was locked by POP3",
}


def _holder(view: MaildropView) -> str:
    if view.state == "free":
        return ""
    since = shown_moment(view.since) or "an unknown moment"
    return f" from {view.peer or 'nowhere'} since {since}, process {view.pid}"


_COLUMNS = (
    "Address",
    "First name",
    "Last name",
    "Type",
    "Box limit",
    "Used",
    "Forward",
    "Last login",
    "Administers",
)


def _cells(row: UserView) -> tuple[object, ...]:
    return (
        row.address,
        row.first_name,
        row.last_name,
        row.kind,
        row.box_limit_octets or "none",
        "" if row.used_octets is None else row.used_octets,
        ", ".join(row.forwards),
        shown_moment(row.last_login_at) if row.last_login_at else "never",
        administered_by(row),
    )
