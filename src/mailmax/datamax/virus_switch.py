"""The virus check of many users at once (manual 11.2). A unit of work.

Theory:
    The domain's setting is changed, and those of its users go that were their own: so
    every user is as was asked for, also who is added later.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from mailmax.base.units import counted
from mailmax.datamax import domain_values
from mailmax.datamax.domain_values import row_of
from mailmax.datamax.effect import Effect
from mailmax.datamax.rows import as_text, own_values, user_row
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.quarantine import SwitchVirusCheck
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.store.accounts import domain_units, units, virus_units

_KEY = "virus_check"


def switch_virus_check(tx: Connection, request: SwitchVirusCheck) -> Effect | Denied:
    """Switch it for one domain, or for all."""
    if request.domain:
        row = domain_values.find_itself(tx, request.domain)
        if isinstance(row, Denied):
            return row
        rows: Sequence[units.AnyRow] = (row,)
    else:
        rows = domain_units.all_domains(tx)
    users = []
    for row in rows:
        _switch(tx, row, is_on=request.is_on)
        users += [user_row(one) for one in units.users_of_domain(tx, row.id)]
    return Effect(
        note=counted(len(users), "user"),
        domains=tuple(row_of(tx, row.id) for row in rows),
        users=tuple(users),
    )


def _switch(tx: Connection, row: units.AnyRow, *, is_on: bool) -> None:
    own = dict(own_values(row.settings))
    own.pop(_KEY, None)
    if is_on != DOMAIN_SETTINGS[_KEY].default:
        own[_KEY] = is_on
    domain_units.change_domain(tx, row.id, settings=as_text(own))
    changed = []
    for number, text in virus_units.users_with_own(tx, row.id):
        mine = dict(own_values(text))
        mine.pop(_KEY, None)
        changed.append((number, as_text(mine)))
    virus_units.put_settings(tx, changed)
