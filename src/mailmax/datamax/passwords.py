"""Passwords and APOP secrets of users, as they are set. Units of work.

Manual: 4.1, 4.5.1, 7.1; DECISIONS 16.
"""

from sqlalchemy import Connection

from mailmax.datamax import apop_required, users
from mailmax.datamax.apop import ApopSecrets
from mailmax.datamax.credentials import Credential, kept_columns
from mailmax.datamax.effect import Effect
from mailmax.datamax.schemes import check_new_password
from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import SetApopSecret, SetPassword
from mailmax.store.accounts import units


def set_password(
    tx: Connection, request: SetPassword, credential: Credential, apop: ApopSecrets
) -> Effect | Denied:
    """Keep a new password."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    version = row.credential_version + 1
    (kept,) = units.find_credentials(tx, [row.address])
    columns = kept_columns(credential, row.id, apop, kept.apop_secret)
    has_secret = columns["apop_secret"] is not None
    refused = apop_required.why_not(tx, credential, kind=row.kind, has_own=has_secret)
    if refused is not None:
        return refused
    units.change_credentials(tx, row.id, **columns)
    units.change_user(tx, row.id, credential_version=version)
    return Effect(row.id, credentials=(CredentialChanged(row.id, version),))


def set_apop_secret(
    tx: Connection, request: SetApopSecret, apop: ApopSecrets
) -> Effect | Denied:
    """Keep an encrypted secret, or none."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    secret = request.secret.value
    if not secret:
        (kept,) = units.find_credentials(tx, [row.address])
        left = Credential(kept.password_hash)
        refused = apop_required.why_not(tx, left, kind=row.kind, has_own=False)
        if refused is not None:
            return refused
        units.change_credentials(tx, row.id, apop_secret=None)
        return Effect(row.id)
    bad = check_new_password(secret)
    if bad is not None:
        return Denied("bad_value", "secret", bad.reason, bad.cure)
    units.change_credentials(tx, row.id, apop_secret=apop.encrypt(row.id, secret))
    return Effect(row.id)
