"""Long lists of users: paged by any column while rows come and go (manual 2.4)."""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from mailmax.datamax.user_lists import list_users
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.users import USER_COLUMNS, ListUsers, UserPage
from mailmax.store.accounts import domain_units, units, user_lines, user_lists
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.schema import credentials, users
from mailmax.store.accounts.schema import user_lines as lines
from mailmax.store.accounts.user_lines import Held


@pytest.fixture
def database(any_database: Database) -> Database:
    any_database.run(
        lambda tx: [domain_units.insert_domain(tx, n, 0.0) for n in DOMAINS]
    )
    return any_database


DOMAINS = ("one.test", "two.test")


def add(tx, names, **values) -> list[int]:
    """Add users of one.test, or of the domain that a name says."""
    rows = []
    for name in names:
        local, _, domain = name.partition("@")
        found = domain_units.find_domain(tx, domain or "one.test")
        row = {
            "domain_id": found.id,
            "address": f"{local}@{found.name}",
            "home": local,
            "first_name": "",
            "last_name": "",
            "credential_version": 1,
            "made_at": 0.0,
        }
        rows.append(row | values)
    numbers = list(units.insert_users(tx, rows).values())
    hashes = [
        {"user_id": number, "password_hash": "x", "needs_wrapping": False}
        for number in numbers
    ]
    units.insert_credentials(tx, hashes)
    user_lines.renew(tx, numbers)
    return numbers


def ask(database, *, choice=None, **wanted) -> UserPage:
    page = database.run(list_users, ListUsers(choice=choice or Choice(), **wanted))
    assert isinstance(page, UserPage), page
    return page


def names(database, search="", **wanted) -> list[str]:
    page = ask(database, choice=Choice(search, is_counted=True), **wanted)
    assert page.total == len(page.rows)
    return [row.address for row in page.rows]


STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 30), max_size=3),
        st.lists(st.integers(0, 30), max_size=3),
    ),
    max_size=8,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    column=st.sampled_from(USER_COLUMNS),
    is_descending=st.booleans(),
    search=st.sampled_from(["", "one"]),
    few=st.booleans(),
    limit=st.integers(1, 5),
    steps=STEPS,
)
def test_whoever_stays_is_seen_once(
    database, column, is_descending, search, few, limit, steps
):
    stay = {f"stay{n}": n for n in range(12)}

    def walk(tx) -> tuple[list[str], str]:
        clear(tx)
        for name, n in stay.items():
            put(tx, name, n % 3)
        seen: list[str] = []
        cursor = ""
        for new, gone in [*steps, *([([], [])] * 100)]:
            choice = Choice(search, column, is_descending, cursor, limit)
            page = list_users(tx, ListUsers("one.test" if few else "", choice))
            seen += [row.address for row in page.rows]
            cursor = page.next
            if not cursor:
                break
            for n in new:
                put(tx, f"come{n}", n % 3)
            for n in gone:
                remove(tx, f"come{n}")
        return seen, cursor

    seen, cursor = database.run(walk)

    staying = [one for one in seen if one.startswith("stay")]
    assert sorted(f"{name}@one.test" for name in stay) == sorted(staying)
    assert cursor == ""


def put(tx, name, kind) -> None:
    if units.find_user(tx, f"{name}@one.test") is None:
        [number] = add(
            tx,
            [name],
            first_name="ABc"[kind],
            last_name="",
            kind=("normal", "disabled", "trap")[kind],
            last_login_at=float(kind),
            settings=f'{{"box_limit_octets":{kind}}}',
        )
        user_lines.keep_used(tx, {number: Held(kind, 1, 1.0)})


def remove(tx, name) -> None:
    found = units.find_user(tx, f"{name}@one.test")
    if found is not None:
        units.delete_users(tx, [found.id])


def clear(tx) -> None:
    for table in (lines, credentials, users):
        tx.execute(delete(table))


def test_a_search_takes_wildcards_as_they_are_and_no_heed_of_case(database):
    database.run(add, ["a_b", "axb", "per%cent"])
    database.run(add, ["tim"], first_name="Jörg", last_name="STRAßE")

    assert names(database, "A_B") == ["a_b@one.test"]
    assert names(database, "%") == ["per%cent@one.test"]
    assert names(database, "jÖRG strasse") == ["tim@one.test"]
    assert names(database, "'; DROP TABLE users; --") == []
    assert names(database, "\\") == []


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        (Choice("a\0b"), "search"),
        (Choice("x" * 10_000), "search"),
        (Choice(sort="password_hash"), "sort"),
        (Choice(sort="address; DROP TABLE users"), "sort"),
        (Choice(cursor="…"), "cursor"),
        (Choice(cursor="AAAA" * 5_000), "cursor"),
        (Choice(cursor="lKdhZGRyZXNzwgMB"), "cursor"),  # a number for an address
        (Choice(sort="kind", cursor="lKdhZGRyZXNzwqFhAQ=="), "cursor"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_cure(database, choice, field):
    answer = database.run(list_users, ListUsers(choice=choice))

    assert isinstance(answer, Denied)
    assert (answer.kind, answer.field) == ("bad_value", field)
    assert answer.cure


def test_whoever_is_limited_to_domains_learns_of_no_others(database):
    ann, _ = database.run(add, ["ann", "eve@two.test"])
    database.run(administer_both, ann)
    mine = Choice(within=("one.test", "no.test"), is_counted=True)
    nothing = Choice(within=(), is_counted=True)

    page = ask(database, choice=mine)
    assert [(row.address, row.administers) for row in page.rows] == [
        ("ann@one.test", 1)
    ]
    assert page.total == 1
    assert ask(database, choice=nothing) == UserPage((), "", 0)
    for name in ("two.test", "missing.test"):
        asked = ListUsers(name, mine)
        answer = database.run(list_users, asked)
        assert isinstance(answer, Denied)
        assert answer.kind == "not_found"
        assert answer.reason == f"there is no domain {name!r}"


def administer_both(tx, number) -> None:
    numbers = domain_units.numbers_of(tx, DOMAINS)
    tx.execute(
        user_lists.administered.insert(),
        [{"user_id": number, "domain_id": one} for one in numbers],
    )
    user_lines.renew(tx, [number])


def test_filters_have_three_states(database):
    full, half, free = database.run(add, ["full", "half", "free"])
    limit = update(lines).where(lines.c.user_id != free).values(box_limit_octets=100)
    database.run(lambda tx: tx.execute(limit))
    octets = {full: 91, half: 90, free: 10**12}
    used = {number: Held(many, 3, 2.0) for number, many in octets.items()}
    database.run(user_lines.keep_used, used)
    database.run(
        user_lines.keep_used, {full: Held(5, 1, 1.0)}
    )  # older than what is known
    database.run(administer_both, half)

    assert names(database, nearly_full=True) == ["full@one.test"]
    assert len(names(database, nearly_full=False)) == 2
    assert len(names(database)) == 3
    assert names(database, administrators=True) == ["half@one.test"]
    assert len(names(database, administrators=False)) == 2
    assert names(database, kinds=("trap",)) == []


def test_users_are_filtered_by_each_of_their_names(database):
    """Manual 2.4: three fields, each compared with one column alone."""
    database.run(partial(add, first_name="Änne", last_name="Smith"), ["anna", "one"])
    database.run(
        partial(add, first_name="Smith", last_name="100%_"), ["smith@two.test"]
    )

    assert names(database, user="SMITH") == ["smith@two.test"]
    assert names(database, user="one") == ["one@one.test"]
    assert names(database, user="one@ONE") == ["one@one.test"]
    assert names(database, user="@one") == names(database, user="test") == []
    assert len(names(database, first_name="äNN")) == 2
    assert names(database, first_name="smi") == ["smith@two.test"]
    assert len(names(database, last_name="smi")) == 2
    assert names(database, last_name="%_") == ["smith@two.test"]
    assert names(database, "one.test", user="n", last_name="mit", kinds=("trap",)) == []
    assert names(database, user="nna", first_name="nn") == ["anna@one.test"]


@pytest.mark.parametrize("field", ["user", "first_name", "last_name"])
def test_a_name_that_nobody_can_have_is_refused(database, field):
    for text in ("\0", "x" * 201):
        denied = database.run(list_users, ListUsers(**{field: text}))
        assert isinstance(denied, Denied)
        assert denied.field == field


def test_a_look_at_all_and_the_index_agree(database, monkeypatch):
    for n in range(30):
        database.run(put, f"u{n}", n % 3)
    everyone = names(database)
    monkeypatch.setattr(user_lists, "PROBE", 2)
    monkeypatch.setattr(user_lists, "FEW", 2)

    assert names(database, "one.test") == everyone
    assert names(database, domain="one.test") == everyone


def test_the_lines_follow_a_domains_limit(database):
    own, other = database.run(add, ["own", "other"])
    settings_ = '{"box_limit_octets":7}'
    database.run(units.change_user, own, settings=settings_)
    database.run(user_lines.renew, [own])

    domain = database.run(domain_units.find_domain, "one.test")
    database.run(user_lines.limit_domain, domain.id, 50)

    wanted = select(lines.c.user_id, lines.c.box_limit_octets)
    rows = database.run(lambda tx: tx.execute(wanted).all())
    assert sorted(map(tuple, rows)) == [(own, 7), (other, 50)]


def test_nobody_is_without_a_line(database):
    database.run(add, [f"u{n}" for n in range(5)])
    database.run(remove, "u3")

    both = [select(func.count()).select_from(one) for one in (users, lines)]
    assert database.run(lambda tx: [tx.scalar(one) for one in both]) == [4, 4]
