"""What a page of a long list costs the hub; prints one line a question.

Run: ``PYTHONPATH=src .venv/bin/python bench/long_lists.py [URL] [USERS] [WORD]``. The
database of the URL must be an empty one; without one it is SQLite in a temporary
directory. Of a word only the questions are asked that hold it. Each is asked five
times through `Database.read`, as the hub asks. Told are, of the best, the milliseconds
of processor time (of this process, and of PostgreSQL's beside it), those that passed,
and the longest time for which the loop could do nothing else: what other programs on
the machine do takes part in the others, and is no business of ours.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, text

from mailmax.datamax.alias_lists import list_aliases
from mailmax.datamax.domain_lists import list_domains
from mailmax.datamax.user_lists import list_users
from mailmax.hub.contract.aliases import ALIAS_COLUMNS, ListAliases
from mailmax.hub.contract.domains import DOMAIN_COLUMNS, ListDomains
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.users import USER_COLUMNS, ListUsers
from mailmax.store.accounts import domain_units, units, user_lines
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.schema import administered, aliases, forwards
from mailmax.store.accounts.user_lines import Held

TIMES = 5
DOMAINS = 1_000
MADE = 2_000
"""Users made one by one."""
_FIRST = ("Anna", "Jörg", "Tim", "Zoë", "Ben", "Carla", "Dora", "Emil")
_LAST = ("Smith", "Müller", "Weiß", "Jones", "Brown", "Klein", "Lang", "Roth")
Ask = Callable[[Connection, Any], Any]


def fill(tx: Connection, many: int) -> None:
    """Make users of all kinds, half of them in the first domain; `many` in all.

    Of the first few are made copies with other addresses, by the database itself.
    """
    chance = random.Random(1)
    names = [f"d{n:04}.test" for n in range(DOMAINS)]
    domains = [domain_units.insert_domain(tx, name, 0.0) for name in names]
    rows = [_user(n, names, domains, chance) for n in range(MADE)]
    numbers = list(units.insert_users(tx, rows).values())
    bare = {"password_hash": "x", "needs_wrapping": False}
    units.insert_credentials(tx, [{"user_id": one, **bare} for one in numbers])
    _adorn(tx, numbers, domains)
    user_lines.renew(tx, numbers)
    used = {one: Held(chance.randrange(10**9), 9, 1.0) for one in numbers}
    user_lines.keep_used(tx, used)
    for copy in range(1, many // MADE):
        for statement in COPIES:
            tx.execute(text(statement), {"mark": f"{copy:02}", "made": max(numbers)})


_TWINS = "users old JOIN users new ON new.address = :mark || old.address"
_OTHERS = (
    "domain_id, home, first_name, last_name, kind, settings, credential_version, "
    "made_at, last_login_at"
)
_KEPT = (
    "domain_id, box_limit_octets, kind, administrator, used_at, used_messages, "
    "last_login_at, first_name, last_name, forward"
)
COPIES = (
    (
        f"INSERT INTO users (address, {_OTHERS}) "
        f"SELECT :mark || address, {_OTHERS} FROM users WHERE id <= :made"
    ),
    (
        "INSERT INTO credentials (user_id, password_hash, needs_wrapping) "
        f"SELECT new.id, 'x', false FROM {_TWINS} WHERE old.id <= :made"
    ),
    f"INSERT INTO user_lines (user_id, address, search, used_octets, {_KEPT}) "
    "SELECT new.id, :mark || l.address, :mark || l.search, "
    "(l.used_octets + new.id * 7919) % 1000000000, "
    + ", ".join(f"l.{column}" for column in _KEPT.split(", "))
    + f" FROM {_TWINS} JOIN user_lines l ON l.user_id = old.id WHERE old.id <= :made",
    (
        "INSERT INTO administered (user_id, domain_id) SELECT new.id, a.domain_id "
        f"FROM {_TWINS} JOIN administered a ON a.user_id = old.id WHERE old.id <= :made"
    ),
    (
        "INSERT INTO forwards (user_id, address, position) "
        "SELECT new.id, f.address, f.position "
        f"FROM {_TWINS} JOIN forwards f ON f.user_id = old.id WHERE old.id <= :made"
    ),
    (
        "INSERT INTO aliases (address, domain_id, user_id) "
        "SELECT :mark || a.address, a.domain_id, new.id "
        f"FROM {_TWINS} JOIN aliases a ON a.user_id = old.id WHERE old.id <= :made"
    ),
)


def _user(
    number: int, names: list[str], domains: list[int], chance: random.Random
) -> dict[str, Any]:
    place = 0 if number % 2 else number // 2 % DOMAINS
    forward = ',"forwarding_on":true' if number % 20 == 0 else ""
    return {
        "domain_id": domains[place],
        "address": f"{chance.randrange(36**4):06}u{number}@{names[place]}",
        "home": f"{names[place]}/00/u{number}",
        "first_name": chance.choice(_FIRST),
        "last_name": f"{chance.choice(_LAST)}{number % 997}",
        "kind": "disabled" if number % 50 == 0 else "normal",
        "settings": f'{{"box_limit_octets":{(number % 5) * 10**8}{forward}}}',
        "credential_version": 1,
        "made_at": 0.0,
        "last_login_at": float(number % 3 and chance.randrange(10**9)),
    }


def _adorn(tx: Connection, numbers: list[int], domains: list[int]) -> None:
    """Give forwards, aliases and administration to some."""
    to = [{"user_id": one, "address": f"x{one}@far.test"} for one in numbers[::20]]
    tx.execute(insert(forwards), [{**one, "position": 0} for one in to])
    given = [{"user_id": one, "domain_id": domains[1]} for one in numbers[::200]]
    tx.execute(insert(administered), given)
    other = [
        {"address": f"alias{one}@d0001.test", "domain_id": domains[1], "user_id": one}
        for one in numbers[::2]
    ]
    tx.execute(insert(aliases), other)


def questions() -> Iterator[tuple[str, Ask, Any]]:
    """Yield what is asked, with its name and who answers."""
    for column, is_down in product(USER_COLUMNS, (False, True)):
        way = "-" if is_down else ""
        choice = Choice(sort=column, is_descending=is_down)
        yield f"users by {way}{column}", list_users, ListUsers(choice=choice)
    yield from _searched()
    for name, wanted in _filtered():
        yield f"users, {name}", list_users, wanted
    for column in DOMAIN_COLUMNS:
        asked = ListDomains(Choice(sort=column, is_counted=True))
        yield f"domains by {column}, counted", list_domains, asked


def _searched() -> Iterator[tuple[str, Ask, Any]]:
    for word in ("müller", "u77777@", "e", "nobody-has-this"):
        for column in ("address", "used_octets"):
            choice = Choice(word, column)
            name = f"users with {word!r} by {column}"
            yield name, list_users, ListUsers(choice=choice)
    for column in ALIAS_COLUMNS:
        for word in ("", "nobody-has-this"):
            asked_for = ListAliases(choice=Choice(word, column, is_counted=True))
            name = f"aliases with {word!r} by {column}, counted"
            yield name, list_aliases, asked_for


def _filtered() -> Iterator[tuple[str, ListUsers]]:
    counted = Choice(is_counted=True)
    some = tuple(f"d{n:04}.test" for n in range(1, 11))
    half = Choice(is_counted=True, within=("d0000.test", *some))
    yield "counted", ListUsers(choice=counted)
    yield "disabled, counted", ListUsers(choice=counted, kinds=("disabled",))
    yield "nearly full, counted", ListUsers(choice=counted, nearly_full=True)
    yield "user name, counted", ListUsers(choice=counted, user="u7777")
    names = ListUsers(choice=counted, user="x", first_name="nobody", last_name="e")
    yield "all three names, counted", names
    yield "administrators, counted", ListUsers(choice=counted, administrators=True)
    yield "who may administer one", ListUsers(may_administer="d0001.test")
    yield "of a small domain", ListUsers("d0007.test", counted)
    yield "of half of all", ListUsers("d0000.test", counted)
    yield "within eleven domains", ListUsers(choice=half)
    everything = Choice("roth", "last_login_at", is_counted=True, within=half.within)
    yield (
        "all filters together",
        ListUsers("d0000.test", everything, ("normal",), False, False, "d0000.test"),
    )


@contextmanager
def watched() -> Iterator[list[float]]:
    """Note for how long the loop did nothing else, again and again."""
    loop = asyncio.get_running_loop()
    held: list[float] = []
    last = time.perf_counter()

    def look() -> None:
        nonlocal last, handle
        now = time.perf_counter()
        held.append(now - last)
        last = now
        handle = loop.call_soon(look)

    handle = loop.call_soon(look)
    try:
        yield held
    finally:
        handle.cancel()


async def measure(
    database: Database, ask: Ask, wanted: Any, server: Callable[[], float]
) -> tuple[float, float, float]:
    """Return processor time, time that passed, longest hold of the loop, in ms."""
    spent: list[float] = []
    passed, holds = [], []
    for _ in range(TIMES):
        begin = time.perf_counter()
        used = server()
        await database.read(_timed, ask, wanted, spent)
        passed.append(time.perf_counter() - begin)
        spent[-1] += server() - used
        with watched() as held:
            await database.read(ask, wanted)
        holds.append(max(held, default=0.0))
    return min(spent) * 1000, min(passed) * 1000, min(holds) * 1000


def _timed(tx: Connection, ask: Ask, wanted: Any, spent: list[float]) -> None:
    begin = time.thread_time()
    page = ask(tx, wanted)
    spent.append(time.thread_time() - begin)
    assert hasattr(page, "rows"), page


def server_time(database: Database) -> Callable[[], float]:
    """Return what tells the processor time of PostgreSQL's own processes."""
    if database.url.get_backend_name() == "sqlite":
        return lambda: 0.0
    pids: list[int] = []

    def note(tx: Connection) -> None:
        wanted = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        pids[:] = tx.scalars(text(wanted))

    def spent() -> float:
        database.run(note)
        clocks = (Path(f"/proc/{pid}/schedstat") for pid in pids)
        return sum(int(one.read_text().split()[0]) for one in clocks) / 1e9

    return spent


async def main(url: str, many: int, word: str) -> None:
    """Fill a database and ask."""
    database = Database(url)
    begin = time.perf_counter()
    database.run(fill, many)
    await database.write(_analyze)
    print(
        f"{many} users, {DOMAINS} domains: {time.perf_counter() - begin:.0f} s",
        flush=True,
    )
    print(f"{'':44}{'processor':>10}{'passed':>10}{'loop held':>10}  (ms)")
    chosen = (one for one in questions() if word in one[0])
    for name, ask, wanted in chosen:
        figures = await measure(database, ask, wanted, server_time(database))
        print(f"{name:44}" + "".join(f"{one:10.1f}" for one in figures), flush=True)
    await _write_used(database, many)
    database.close()


def _analyze(tx: Connection) -> None:
    """Let PostgreSQL know its tables, as it would by itself after a minute."""
    if tx.dialect.name != "sqlite":
        tx.execute(text("ANALYZE"))


async def _write_used(database: Database, many: int) -> None:
    """Tell what five hundred users have, as the hub writes it."""
    chance = random.Random(2)
    spent: list[float] = []

    def write(tx: Connection, used: dict[int, Held]) -> None:
        begin = time.thread_time()
        user_lines.keep_used(tx, used)
        spent.append(time.thread_time() - begin)

    for moment in range(TIMES):
        numbers = chance.sample(range(1, many + 1), 500)
        at = 2.0 + moment
        used = {one: Held(chance.randrange(10**9), 1, at) for one in numbers}
        await database.write(write, used)
    print(f"{'500 users told what is used':44}{min(spent) * 1000:10.1f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        here = f"sqlite:///{place}/mailmax.db"
        words = [*sys.argv[1:], *(here, "100000", "")[len(sys.argv) - 1 :]]
        asyncio.run(main(words[0], int(words[1]), words[2]))
