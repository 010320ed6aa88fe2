"""Which open logins hold no more (TRUST G9). A unit of work."""

from sqlalchemy import Connection

from mailmax.hub.contract.logins import (
    MOST_COMPARED,
    ChangedLogins,
    CompareLogins,
    CredentialChanged,
)
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import units


def compare_logins(tx: Connection, request: CompareLogins) -> ChangedLogins | Denied:
    """Return the users who are gone or disabled, or whose credentials are others.

    A version above ours is another one too: the database was restored.
    """
    if len(request.held) > MOST_COMPARED:
        return Denied(
            "bad_value",
            "held",
            f"{len(request.held)} are too many at once",
            f"ask for at most {MOST_COMPARED}",
        )
    now = units.credential_versions(tx, [user_id for user_id, _ in request.held])
    return ChangedLogins(
        tuple(
            CredentialChanged(user_id, max(held + 1, now.get(user_id, 0)))
            for user_id, held in request.held
            if now.get(user_id) != held
        )
    )
