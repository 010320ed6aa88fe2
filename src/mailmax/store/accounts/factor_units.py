"""Second factors, recovery codes and preferences, as units of work ask for them.

Rules:
    As in `units`. What is used once (a step of time, a recovery code) is used up by
    one statement, so that two who come at once do not both get in.

Standards: RFC 6238 §5.2.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from mailmax.store.accounts.schema import preferences, recovery_codes, second_factors

AnyRow = Row[*tuple[Any, ...]]


def find(tx: Connection, user_id: int) -> AnyRow | None:
    """Return a user's second factor, confirmed or not."""
    mine = second_factors.c.user_id == user_id
    return tx.execute(select(second_factors).where(mine)).first()


def begin(tx: Connection, user_id: int, secret: bytes) -> None:
    """Keep a secret that is not confirmed yet, in place of another such one."""
    mine = second_factors.c.user_id == user_id
    tx.execute(delete(second_factors).where(mine))
    row = {"user_id": user_id, "secret": secret, "is_confirmed": False}
    tx.execute(insert(second_factors).values(**row, last_step=0))


def confirm(tx: Connection, user_id: int) -> None:
    """It is asked for from now on."""
    mine = second_factors.c.user_id == user_id
    tx.execute(update(second_factors).where(mine).values(is_confirmed=True))


def use_step(tx: Connection, user_id: int, step: int) -> bool:
    """Use a step of time up; tell whether it is later than any used before."""
    later = update(second_factors).where(
        second_factors.c.user_id == user_id, second_factors.c.last_step < step
    )
    return tx.execute(later.values(last_step=step)).rowcount > 0


def use_code(tx: Connection, user_id: int, code_hash: bytes) -> bool:
    """Use a recovery code up; tell whether it was there."""
    mine = delete(recovery_codes).where(
        recovery_codes.c.user_id == user_id, recovery_codes.c.code_hash == code_hash
    )
    return tx.execute(mine).rowcount > 0


def put_codes(tx: Connection, user_id: int, hashes: Sequence[bytes]) -> None:
    """Keep these recovery codes and no others."""
    tx.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": one} for one in hashes]
    tx.execute(insert(recovery_codes), rows)


def count_codes(tx: Connection, user_id: int) -> int:
    """Return how many recovery codes are left."""
    mine = recovery_codes.c.user_id == user_id
    counting = select(func.count()).select_from(recovery_codes).where(mine)
    return tx.scalar(counting) or 0


def end(tx: Connection, user_id: int) -> bool:
    """Forget it, and the codes; tell whether there was one."""
    tx.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    mine = second_factors.c.user_id == user_id
    return tx.execute(delete(second_factors).where(mine)).rowcount > 0


# Preferences


def preferences_of(tx: Connection, owner_id: int) -> Sequence[AnyRow]:
    """Return key and value of all that an owner keeps."""
    wanted = select(preferences.c.key, preferences.c.value)
    mine = wanted.where(preferences.c.owner_id == owner_id)
    return tx.execute(mine.order_by(preferences.c.key)).all()


def put_preference(tx: Connection, owner_id: int, key: str, value: str) -> None:
    """Keep one, in place of what was there; empty: nothing any more."""
    mine = (preferences.c.owner_id == owner_id, preferences.c.key == key)
    tx.execute(delete(preferences).where(*mine))
    if value:
        row = {"owner_id": owner_id, "key": key, "value": value}
        tx.execute(insert(preferences).values(**row))
