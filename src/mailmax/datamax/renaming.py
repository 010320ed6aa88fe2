"""A user gets another name (manual 7.1). A unit of work.

Theory:
    Mail, password, aliases and references hang on the user's number, and the home
    keeps the name that it was made with. Forwards and rules of others name an address:
    they follow.
"""

from dataclasses import replace

from sqlalchemy import Connection

from mailmax.datamax import rule_references, rules, users
from mailmax.datamax.effect import Effect, conflict, denied
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import AliasRow
from mailmax.hub.contract.users import RenameUser
from mailmax.policy.names import check_address
from mailmax.settings.field import BadValue
from mailmax.store.accounts import reference_units, units


def rename_user(tx: Connection, request: RenameUser) -> Effect | Denied:
    """Give a user another name in the same domain."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    new = _new_address(tx, row, request.new_address)
    if isinstance(new, Denied):
        return new
    own_alias = units.find_alias(tx, new)
    if own_alias is not None:  # it becomes the name
        units.delete_aliases(tx, [new])
    units.change_user(tx, row.id, address=new)
    kept: tuple[AliasRow, ...] = ()
    if request.keep_old and new != row.address:
        units.insert_alias(tx, row.address, row.domain_id, row.id)
        kept = (AliasRow(row.address, row.id),)
    following = list(reference_units.forwarding_to(tx, [row.address]).values())
    renamed = rule_references.redirect(tx, row.address, new)
    reference_units.redirect_forwards(tx, row.address, new)
    for number in following:
        units.touch_user(tx, number)
    return replace(
        users.effect_on(tx, sorted({row.id, *following})),
        item_id=row.id,
        rules=rules.effect_on(tx, renamed).rules,
        note=users.note_on_name(new.partition("@")[0]),
        aliases=kept,
        gone_aliases=() if own_alias is None else (new,),
    )


def _new_address(tx: Connection, row: units.AnyRow, text: str) -> str | Denied:
    """Return the canonical new address, which is free or an alias of the user."""
    checked = check_address(text)
    if isinstance(checked, BadValue):
        return denied(checked)
    new = "@".join(checked)
    domain = row.address.rpartition("@")[2]
    if checked[1] != domain:
        return Denied(
            "bad_value",
            "new_address",
            f"a user of {domain} stays one",
            f"give a name at {domain}, or add a user there",
        )
    user, alias = units.find_user(tx, new), units.find_alias(tx, new)
    owners = {user.id if user else row.id, alias.user_id if alias else row.id}
    if owners != {row.id}:
        return conflict("new_address", f"{new} is a user or an alias already")
    return new
