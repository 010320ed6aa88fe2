"""In the background: fast hashes of imported users are put under Argon2id.

Theory:
    An import of ten thousand users must be quick, so clear passwords become salted
    SHA-256 verifiers at first. This chore wraps them one by one whenever no login is
    being checked (DESIGN 8), in a thread that takes what everybody else leaves of the
    processors; the first login replaces them by the wanted form.

Limits:
    Ten thousand users: six minutes of one processor.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from mailmax.base.errors import Failure
from mailmax.datamax import schemes
from mailmax.datamax.hashing import HashPool
from mailmax.net import priority
from mailmax.store.accounts import units
from mailmax.store.accounts.database import Database

BATCH = 20
LOOK_S = 30.0


async def wrap_imported(
    database: Database, pool: HashPool, fresh: asyncio.Event
) -> None:
    """Wrap what there is, then look again when users were imported; for ever."""
    while True:
        fresh.clear()  # before looking, so that nothing imported meanwhile is missed
        try:
            await _wrap_all(database, pool)
        except Failure:
            await asyncio.sleep(LOOK_S)
            continue
        await fresh.wait()


async def _wrap_all(database: Database, pool: HashPool) -> None:
    rows = await database.read(units.credentials_to_wrap, BATCH)
    if not rows:
        return
    loop = asyncio.get_running_loop()
    own = ThreadPoolExecutor(1, "wrap", initializer=priority.go_last)
    try:
        while rows:
            for row in rows:
                await pool.wait_idle()
                wrapped = await loop.run_in_executor(
                    own, schemes.wrap, row.password_hash
                )
                await database.write(
                    units.replace_hash,
                    row.user_id,
                    row.password_hash,
                    password_hash=wrapped,
                    needs_wrapping=False,
                )
            rows = await database.read(units.credentials_to_wrap, BATCH)
    finally:
        own.shutdown(wait=False, cancel_futures=True)  # a stop waits for no hash
