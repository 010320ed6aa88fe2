"""Many users at once: lines that cannot be taken are named, the rest is taken.

Limits:
    2,000 lines in one request; a longer file comes in parts, and only the last part
    waits for the services.

Manual: 7.1.
"""

from mailmax.datamax import credentials, users
from mailmax.datamax.effect import denied
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import AddUser, ImportRow, ImportUsers
from mailmax.policy.names import check_address
from mailmax.settings.field import BadValue

MOST_ROWS = 2_000


def check_size(request: ImportUsers) -> Denied | None:
    """Refuse more lines than one request may hold."""
    if len(request.rows) <= MOST_ROWS:
        return None
    return Denied(
        "bad_value",
        "rows",
        f"{len(request.rows)} are too many at once",
        f"send at most {MOST_ROWS}",
    )


def check_rows(
    rows: tuple[ImportRow, ...],
) -> tuple[dict[int, users.NewUser], dict[int, Denied]]:
    """Sort lines into those that may be added and those that may not."""
    good: dict[int, users.NewUser] = {}
    refused: dict[int, Denied] = {}
    for place, row in enumerate(rows):
        user = _check_row(row)
        if isinstance(user, Denied):
            refused[place] = user
        else:
            good[place] = user
    return good, refused


def _check_row(row: ImportRow) -> users.NewUser | Denied:
    address = check_address(row.address)
    if isinstance(address, BadValue):
        return denied(address)
    kept = credentials.of_import(row.password.value)
    if isinstance(kept, BadValue):
        return denied(kept)
    names = {"first_name": row.first_name, "last_name": row.last_name}
    return users.check_user(AddUser(row.address, row.password, names), kept)
