"""Aliases: add, delete (manual 7.6). Units of work.

Rules:
    Where all mail is passed on, no alias is looked for: there is none.
"""

from sqlalchemy import Connection

from mailmax.datamax import users
from mailmax.datamax.effect import Effect, conflict, denied, not_found
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.rows import AliasRow
from mailmax.policy.names import check_address
from mailmax.policy.recipients import HOME_KINDS
from mailmax.settings.field import BadValue
from mailmax.store.accounts import domain_units, units


def add_alias(tx: Connection, request: AddAlias) -> Effect | Denied:
    """Give a user another address on a domain here."""
    checked = check_address(request.address)
    if isinstance(checked, BadValue):
        return denied(checked)
    user = users.find(tx, request.user)
    if isinstance(user, Denied):
        return Denied(user.kind, "user", user.reason, user.cure)
    domain = domain_units.find_domain(tx, checked[1])
    if domain is None:
        return not_found("address", f"domain {checked[1]!r} here")
    if domain.kind not in HOME_KINDS:
        return Denied(
            "conflict",
            "address",
            f"{domain.name} is a domain whose mail is passed on, all of it",
            "make it a normal one first",
        )
    address = "@".join(checked)
    if units.taken_addresses(tx, [address]):
        return conflict("address", f"{address} is a user or an alias already")
    units.insert_alias(tx, address, domain.id, user.id)
    return Effect(user.id, aliases=(AliasRow(address, user.id),))


def delete_alias(tx: Connection, request: DeleteAlias) -> Effect | Denied:
    """Take an address away again."""
    checked = check_address(request.address)
    if isinstance(checked, BadValue):
        return denied(checked)
    address = "@".join(checked)
    if units.find_alias(tx, address) is None:
        return not_found("address", f"alias {address}")
    units.delete_aliases(tx, [address])
    return Effect(gone_aliases=(address,))
