"""How many users have their mail checked for viruses, told by the database alone.

Rules:
    What is set is JSON: a key and its value stand there in one form, and a quote inside
    a text has a backslash before it, so neither can be in one.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, and_, case, func, select, update

from mailmax.store.accounts.schema import domains, users

_ON: Final = '"virus_check":true'
_OFF: Final = '"virus_check":false'
_ANY: Final = '"virus_check":'


def count_checked(tx: Connection) -> int:
    """Return for how many users it is on: their own setting, else their domain's."""
    of_domain = case((domains.c.settings.contains(_OFF, autoescape=True), 0), else_=1)
    of_user = case(
        (users.c.settings.contains(_OFF, autoescape=True), 0),
        (users.c.settings.contains(_ON, autoescape=True), 1),
        else_=of_domain,
    )
    joined = users.join(domains, domains.c.id == users.c.domain_id)
    return tx.scalar(select(func.sum(of_user)).select_from(joined)) or 0


def users_with_own(tx: Connection, domain_id: int) -> Sequence[tuple[int, str]]:
    """Return number and settings of a domain's users who have set it themselves."""
    wanted = select(users.c.id, users.c.settings).where(
        and_(
            users.c.domain_id == domain_id,
            users.c.settings.contains(_ANY, autoescape=True),
        )
    )
    return [(row.id, row.settings) for row in tx.execute(wanted)]


def put_settings(tx: Connection, changed: Sequence[tuple[int, str]]) -> None:
    """Write what is set for users."""
    for number, text in changed:
        values = {"settings": text, "version": users.c.version + 1}
        tx.execute(update(users).where(users.c.id == number).values(**values))
