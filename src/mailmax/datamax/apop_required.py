"""APOP required to log in: whoever may log in to POP3 has something it works with.

Theory:
    APOP works with a secret of the user's own, with the encrypted copy of the
    password, and with a password that is kept in clear. The copy and the clear text
    are there only as long as passwords are kept so (`password_keeping`): under another
    keeping they go at the next login, so they do not count then.

Rules:
    While it is required nothing is done that leaves a normal user without; before it
    is required those are named who lack.

Manual: 4.5.1; DECISIONS 16.
"""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection

from mailmax.base.units import counted
from mailmax.datamax import schemes
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.credentials import Credential
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import units

MOST_NAMED = 5
KEY = "apop_required"


def is_required(tx: Connection) -> bool:
    """Tell whether it is required now."""
    kept = units.all_settings(tx).get(KEY)
    return kept is not None and bool(msgspec.json.decode(kept))


def who_lacks(
    tx: Connection, apop: ApopSecrets, field: str, keeping: str
) -> Denied | None:
    """Name the users who could log in to POP3 no more; None: there are none.

    Args:
        tx: The database.
        apop: Tells copies of passwords from secrets of their own.
        field: Which setting is to be changed.
        keeping: How passwords are kept from then on.
    """
    lacking = sorted(_lacking(tx, apop, keeping))
    if not lacking:
        return None
    named = ", ".join(lacking[:MOST_NAMED])
    more = len(lacking) - MOST_NAMED
    has = "has" if len(lacking) == 1 else "have"
    have = has if field == KEY else "would have"
    return Denied(
        "conflict",
        field,
        f"{counted(len(lacking), 'user')} {have} nothing that APOP works with: {named}"
        + (f" and {more} more" if more > 0 else ""),
        _CURES[field],
    )


def why_not(
    tx: Connection, credential: Credential, *, kind: str, has_own: bool
) -> Denied | None:
    """Say why a user may not be left with that; None: it will do.

    Args:
        tx: The database.
        credential: What will be kept of the password.
        kind: Of the user.
        has_own: There is an APOP secret of the user's own.
    """
    in_clear = schemes.clear_of(credential.password_hash) is not None
    if has_own or credential.to_encrypt or in_clear:
        return None
    return without(tx, kind)


def without(tx: Connection, kind: str) -> Denied | None:
    """Say why a user may not be left with nothing that APOP works with."""
    if kind != "normal" or not is_required(tx):
        return None
    return Denied(
        "conflict",
        KEY,
        "POP3 lets nobody in without APOP, and the user would have nothing that it "
        "works with",
        "give a secret (mailmax user apop; for a new user --apop-secret), keep "
        "passwords encrypted (password_keeping), or switch apop_required off",
    )


def _lacking(tx: Connection, apop: ApopSecrets, keeping: str) -> Iterator[str]:
    for row in units.normal_credentials(tx):
        if row.apop_secret is not None:
            lasts = keeping != "hashed" or not apop.is_password(row.id, row.apop_secret)
        else:
            is_clear = row.password_hash.startswith(schemes.KEPT_CLEAR)
            lasts = is_clear and keeping != "hashed"
        if not lasts:
            yield row.address


_CURES = {
    KEY: "give each a secret with mailmax user apop, or keep passwords encrypted "
    "(password_keeping) until all have logged in",
    "password_keeping": "give each a secret with mailmax user apop, or switch "
    "apop_required off first",
}
