"""Long lists of aliases: searched, sorted, counted, narrowed (manual 2.4, 7.6)."""

from base64 import b64decode

import pytest
from msgspec.structs import replace

from mailmax.datamax.alias_lists import list_aliases
from mailmax.hub.contract.aliases import ALIAS_COLUMNS, AliasPage, ListAliases
from mailmax.hub.contract.lists import Choice
from mailmax.hub.contract.message import Denied
from mailmax.store.accounts import domain_units, units, user_lines
from mailmax.store.accounts.database import Database

DOMAINS = ("one.test", "two.test")
USERS = ("ann@one.test", "bob@one.test", "eve@two.test")
ALIASES = {
    "z_1@one.test": USERS[0],
    "info@one.test": USERS[1],
    "m@one.test": USERS[0],
    "over@one.test": USERS[2],
    "a@two.test": USERS[2],
    "c@two.test": USERS[0],
}


@pytest.fixture
def database(any_database: Database) -> Database:
    any_database.run(_fill)
    return any_database


def _fill(tx) -> None:
    domains = {name: domain_units.insert_domain(tx, name, 0.0) for name in DOMAINS}
    numbers = units.insert_users(
        tx,
        [
            {
                "domain_id": domains[address.partition("@")[2]],
                "address": address,
                "home": address,
                "first_name": "",
                "last_name": "",
                "credential_version": 1,
                "made_at": 0.0,
            }
            for address in USERS
        ],
    )
    user_lines.renew(tx, numbers.values())
    for address, user in ALIASES.items():
        domain = domains[address.partition("@")[2]]
        units.insert_alias(tx, address, domain, numbers[user])


def ask(database, choice=None, **wanted) -> AliasPage:
    page = database.run(list_aliases, ListAliases(choice=choice or Choice(), **wanted))
    assert isinstance(page, AliasPage), page
    return page


def names(database, choice=None, **wanted) -> list[str]:
    return [row.address for row in ask(database, choice, **wanted).rows]


@pytest.mark.parametrize("column", ALIAS_COLUMNS)
@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("limit", [1, 4])
def test_pages_make_the_whole_list_in_order(database, column, is_descending, limit):
    rows, cursor = [], ""
    while True:
        choice = Choice("", column, is_descending, cursor, limit, is_counted=True)
        page = ask(database, choice)
        assert page.total == len(ALIASES)
        rows += [(row.address, row.user) for row in page.rows]
        cursor = page.next
        if not cursor:
            break

    place = ALIAS_COLUMNS.index(column)
    wanted = sorted(ALIASES.items(), key=lambda row: (row[place], row[0]))
    assert rows == (wanted[::-1] if is_descending else wanted)


def test_a_search_finds_the_alias_and_its_user(database):
    assert names(database, Choice("INFO")) == ["info@one.test"]
    assert names(database, Choice("z_1")) == ["z_1@one.test"]
    assert names(database, Choice("z%1")) == []
    assert ask(database, Choice("z%1", is_counted=True)).total == 0
    assert ask(database, Choice("z%1")).total is None
    assert names(database, Choice("eve@")) == ["a@two.test", "over@one.test"]
    assert names(database, domain="two.test") == ["a@two.test", "c@two.test"]
    assert names(database, user=USERS[1]) == ["info@one.test"]


def test_whoever_is_limited_to_domains_learns_of_no_others(database):
    mine = Choice(within=("one.test",), is_counted=True)

    page = ask(database, mine)

    own = ["info@one.test", "m@one.test", "over@one.test", "z_1@one.test"]
    assert [row.address for row in page.rows] == own
    assert page.total == len(own)
    assert [row.user for row in page.rows] == [USERS[1], USERS[0], "", USERS[0]]
    assert names(database, replace(mine, search="over")) == ["over@one.test"]
    assert names(database, replace(mine, search="eve")) == []
    assert names(database, replace(mine, search="two.test")) == []
    assert names(database, mine, user=USERS[0]) == ["m@one.test", "z_1@one.test"]
    # a user elsewhere, an alias that would name one, and nobody at all
    for user in (USERS[2], "over@one.test", "nobody@one.test"):
        answer = database.run(list_aliases, ListAliases(user, mine))
        assert isinstance(answer, Denied)
        assert (answer.kind, answer.reason) == (
            "not_found",
            f"there is no user {user!r}",
        )
    answer = database.run(list_aliases, ListAliases(choice=mine, domain="two.test"))
    assert isinstance(answer, Denied)
    assert answer.kind == "not_found"


@pytest.mark.parametrize("is_descending", [False, True])
def test_neither_order_nor_cursor_tells_who_is_elsewhere(database, is_descending):
    """TRUST I2: they stand together at an end, whoever they are."""
    choice = Choice("", "user", is_descending, "", 1, within=("one.test",))
    rows = []
    cursors = []

    while not cursors or cursors[-1]:
        page = ask(database, replace(choice, cursor=cursors[-1] if cursors else ""))
        rows += [(row.user, row.address) for row in page.rows]
        cursors.append(page.next)

    own = [(user, one) for one, user in ALIASES.items() if one.endswith("@one.test")]
    told = [("" if user == USERS[2] else user, one) for user, one in own]
    assert rows == sorted(told, reverse=is_descending)
    keys = b"".join(b64decode(one + "==", b"-_") for one in cursors)
    assert USERS[2].encode() not in keys


def test_a_place_of_another_list_is_refused(database):
    answer = database.run(
        list_aliases, ListAliases(choice=Choice(cursor="lKdhZGRyZXNzwqFhAQ=="))
    )

    assert isinstance(answer, Denied)
    assert answer.field == "cursor"
