"""The second factor of an account: begun, confirmed, asked for, ended. Units of work.

Theory:
    The secret lies sealed in the database (`datamax.sealing`), bound to the user. A
    code holds for a step of thirty seconds, once: the step is written down in the
    transaction that lets somebody in. Of recovery codes hashes are kept.

Standards: RFC 6238 §5.2.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from mailmax.datamax import users
from mailmax.datamax.effect import Effect
from mailmax.datamax.sealing import Seal
from mailmax.datamax.web import tokens, totp
from mailmax.hub.contract.message import Denied, Done, Secret
from mailmax.hub.contract.web import (
    SYSTEM_ID,
    EndTotp,
    Principal,
    RecoveryCodes,
    TotpBegun,
)
from mailmax.store.accounts import factor_units

WRONG = Denied(
    "bad_value",
    "code",
    "that is not the code, or it was used already",
    "wait for the next one, and look whether the clock is right",
)
_NONE = Denied("not_found", "totp", "there is no second factor", "set one up first")


@dataclass(frozen=True, slots=True)
class Factors:
    """What the units of work need."""

    seal: Seal
    system: str
    """The system's name, shown by authenticators."""

    def begin(self, tx: Connection, who: Principal) -> TotpBegun | Denied:
        """Make a secret that holds once it is confirmed."""
        if who.user_id == SYSTEM_ID:
            return Denied(
                "not_allowed",
                "account",
                "this session is of the host password, not of a user",
                "sign in as a user",
            )
        row = factor_units.find(tx, who.user_id)
        if row is not None and row.is_confirmed:
            why = "there is a second factor already"
            return Denied("conflict", "totp", why, "end that one first")
        secret = totp.make_secret()
        factor_units.begin(tx, who.user_id, self.seal.close(who.user_id, secret))
        uri = totp.uri(secret, who.name, self.system)
        return TotpBegun(Secret(secret), Secret(uri))

    def confirm(
        self, tx: Connection, who: Principal, code: str, now: float
    ) -> RecoveryCodes | Denied:
        """Ask for codes from now on, if the authenticator shows the right one."""
        row = factor_units.find(tx, who.user_id)
        if row is None or row.is_confirmed:
            return _NONE
        if not self._takes_code(tx, row, code, now):
            return WRONG
        factor_units.confirm(tx, who.user_id)
        return _new_codes(tx, who.user_id)

    def renew(
        self, tx: Connection, who: Principal, code: str, now: float
    ) -> RecoveryCodes | Denied:
        """Make new recovery codes."""
        if not who.has_totp:
            return _NONE
        if not self.takes(tx, who.user_id, code, now):
            return WRONG
        return _new_codes(tx, who.user_id)

    def end_own(
        self, tx: Connection, who: Principal, code: str, now: float
    ) -> Done | Denied:
        """Ask for codes no more."""
        if not who.has_totp:
            return _NONE
        if not self.takes(tx, who.user_id, code, now):
            return WRONG
        factor_units.end(tx, who.user_id)
        return Done()

    def is_wanted(self, tx: Connection, user_id: int) -> bool:
        """Tell whether a code is asked for."""
        row = factor_units.find(tx, user_id)
        return row is not None and bool(row.is_confirmed)

    def takes(self, tx: Connection, user_id: int, code: str, now: float) -> bool:
        """Use a code of the authenticator up, or a recovery code."""
        row = factor_units.find(tx, user_id)
        if row is None or not row.is_confirmed:
            return False
        if totp.is_code(code):
            return self._takes_code(tx, row, code, now)
        return factor_units.use_code(
            tx, user_id, tokens.hash_recovery_code(user_id, code)
        )

    def _takes_code(
        self, tx: Connection, row: factor_units.AnyRow, code: str, now: float
    ) -> bool:
        secret = self.seal.open(row.user_id, row.secret)
        if secret is None or not totp.is_code(code):
            return False
        step = totp.matching_step(secret, code, now)
        return step is not None and factor_units.use_step(tx, row.user_id, step)


def end_of_user(tx: Connection, request: EndTotp) -> Effect | Denied:
    """Ask somebody for codes no more who has lost the authenticator."""
    row = users.find(tx, request.address)
    if isinstance(row, Denied):
        return row
    if not factor_units.end(tx, row.id):
        return Denied("not_found", "address", f"{row.address} has no second factor")
    return Effect(row.id, principals=True)


def _new_codes(tx: Connection, user_id: int) -> RecoveryCodes:
    codes = tokens.make_recovery_codes()
    hashes = [tokens.hash_recovery_code(user_id, code) for code in codes]
    factor_units.put_codes(tx, user_id, hashes)
    return RecoveryCodes(tuple(map(Secret, codes)))
