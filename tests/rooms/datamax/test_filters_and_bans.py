"""The running hub on both engines: IP filters and bans are kept, pushed, and expire."""

import asyncio
import time

import pytest

from mailmax.datamax import access_desk
from mailmax.hub.contract import access
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import AddDomain
from mailmax.hub.contract.message import Denied
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.porter import Porter
from mailmax.policy.access import LOCAL_ONLY, MAY_RELAY
from mailmax.store.accounts import access_units
from mailmax.store.accounts.database import Database
from mailmax.store.accounts.schema import bindings
from waiting import until


@pytest.fixture
async def desk(any_house):
    await any_house.start()
    return await any_house.admin()


async def add(desk, pattern: str, kind: str = "banned", **more) -> int:
    answer = await desk.ask(access.AddFilter(pattern, kind, **more))
    assert isinstance(answer, Changed), answer
    return answer.item_id


async def listed(desk, connection: str = "") -> list[str]:
    page = await desk.ask(access.ListFilters(connection))
    assert [row.place for row in page.rows] == list(range(1, len(page.rows) + 1))
    return [row.pattern for row in page.rows]


async def test_filters_go_last_move_and_are_pushed(any_house, desk):
    """IPF-1: new ones go last; move up and down; first match wins."""
    service = await any_house.client()
    porter = Porter(service.tables.doors)
    service.on_tables(porter.refresh)
    wide = await add(desk, "147.89.*.*")
    narrow = await add(desk, "147.89.8-15.0-255", "trusted", comment="the branch")

    assert await listed(desk) == ["147.89.*.*", "147.89.8-15.*"]
    assert porter.access_of("147.89.9.1").is_banned
    moved = await desk.ask(access.MoveFilter(narrow, steps=-1))
    assert moved.note == "it is in place 1 of 2"
    assert await listed(desk) == ["147.89.8-15.*", "147.89.*.*"]
    assert porter.access_of("147.89.9.1").is_trusted
    assert porter.access_of("147.89.7.1").is_banned
    await desk.ask(access.MoveFilter(narrow, steps=1))
    await desk.ask(access.MoveFilter(narrow, steps=5))
    assert porter.access_of("147.89.9.1").is_banned
    await desk.ask(access.RemoveFilter(wide))
    assert porter.access_of("147.89.9.1").is_trusted
    await desk.ask(access.RemoveFilter(narrow))
    assert not porter.access_of("147.89.9.1").is_trusted
    later = await any_house.client("popmax")
    assert later.tables.doors.access == {}


async def test_a_filter_that_an_earlier_one_hides_is_added_with_a_caution(desk):
    wide = await add(desk, "147.89.*.*")
    await add(desk, "10.0.0.0/8")

    hidden = await desk.ask(access.AddFilter("147.89.8-15.*", "trusted"))
    single = await desk.ask(access.AddFilter("147.89.1.1", "permitted"))
    seen = await desk.ask(access.AddFilter("147.88-89.0.1", "permitted"))

    for answer in (hidden, single):
        assert answer.note == (
            f"caution: it never matches: filter {wide} (147.89.*.*) before it matches "
            "all of it"
        )
    assert seen.note == ""


async def test_moving_to_a_place_keeps_the_order_of_the_others(desk):
    numbers = [await add(desk, f"10.0.0.{n}") for n in range(1, 7)]
    await desk.ask(access.RemoveFilter(numbers.pop(2)))

    await desk.ask(access.MoveFilter(numbers[4], 2))
    assert await listed(desk) == [f"10.0.0.{n}" for n in (1, 6, 2, 4, 5)]
    await desk.ask(access.MoveFilter(numbers[0], 99))
    assert await listed(desk) == [f"10.0.0.{n}" for n in (6, 2, 4, 5, 1)]
    last = await add(desk, "*", "permitted")
    assert (await listed(desk))[-1] == "*"
    await desk.ask(access.MoveFilter(last, 1))
    assert (await listed(desk))[0] == "*"
    page = await desk.ask(access.ListFilters(after="2", limit=2))
    assert ([row.place for row in page.rows], page.next) == ([3, 4], "4")
    page = await desk.ask(access.ListFilters(after=page.next))
    assert ([row.place for row in page.rows], page.next) == ([5, 6], "")


async def test_a_filter_is_changed_in_place(any_house, desk):
    service = await any_house.client()
    porter = Porter(service.tables.doors)
    service.on_tables(porter.refresh)
    number = await add(desk, "10.0.0.1", "custom", flags=MAY_RELAY, comment="old")
    assert porter.access_of("10.0.0.1").may_relay

    await desk.ask(access.ChangeFilter(number, comment="new", flags=LOCAL_ONLY))
    assert porter.access_of("10.0.0.1").local_only
    assert not porter.access_of("10.0.0.1").may_relay
    await desk.ask(access.ChangeFilter(number, pattern="10.0.0.2", kind="trusted"))
    assert porter.access_of("10.0.0.2").is_trusted
    assert not porter.access_of("10.0.0.1").local_only
    [row] = (await desk.ask(access.ListFilters())).rows
    assert (row.pattern, row.kind, row.flags, row.comment) == (
        "10.0.0.2", "trusted", 0, "new",
    )  # fmt: skip


@pytest.mark.manual("12")
async def test_filters_that_make_no_sense_are_refused(desk):
    number = await add(desk, "10.0.0.1")
    await add(desk, "10.0.0.2")
    refusals = {
        "ip": [
            access.AddFilter("", "banned"),
            access.AddFilter("10.0.0", "banned"),
            access.AddFilter("10.0.0.01", "banned"),
            access.AddFilter("10.0.0.1-1", "trusted"),
            access.ChangeFilter(number, pattern="10.0.0.2"),
            access.ChangeFilter(number, pattern="x"),
        ],
        "kind": [access.AddFilter("10.0.0.3", "friend")],
        "flags": [
            access.AddFilter("10.0.0.3", "trusted", MAY_RELAY),
            access.AddFilter("10.0.0.3", "custom", MAY_RELAY | LOCAL_ONLY),
            access.AddFilter("10.0.0.3", "custom", 1 << 62),
            access.AddFilter("10.0.0.3", "custom"),
        ],
        "comment": [
            access.AddFilter("10.0.0.3", "banned", comment="a\nb"),
            access.AddFilter("10.0.0.3", "banned", comment="x" * 501),
        ],
        "connection": [
            access.AddFilter("10.0.0.3", "banned", connection="192.0.2.1"),
            access.ListFilters("192.0.2.1"),
            access.AddBan("far.test", connection="nonsense"),
        ],
        "filter": [
            access.ChangeFilter(999, kind="banned"),
            access.RemoveFilter(999),
            access.MoveFilter(999, 1),
        ],
        "after": [access.ListFilters(after="x"), access.ListFilters(after="9" * 10)],
        "place": [access.MoveFilter(number), access.MoveFilter(number, -3)],
    }
    for field, requests in refusals.items():
        for request in requests:
            answer = await desk.ask(request)
            assert isinstance(answer, Denied), request
            assert (answer.field, bool(answer.reason), bool(answer.cure)) == (
                field, True, True,
            ), request  # fmt: skip
    assert await listed(desk) == ["10.0.0.1", "10.0.0.2"]


def _with_binding(house, address: str) -> None:
    database = Database(house.local.database_url)
    with database._engine.begin() as tx:
        tx.execute(bindings.insert().values(address=address, settings="{}"))
    database.close()


async def test_a_connection_has_lists_of_its_own(any_house):
    """CON-1, IPF-1, BAN-2."""
    _with_binding(any_house, "2001:db8::1")
    await any_house.start()
    desk = await any_house.admin()
    await add(desk, "10.0.0.1", "trusted")
    await add(desk, "10.0.0.1", connection="2001:DB8:0::1")
    await add(desk, "10.0.0.2", "trusted", connection="2001:db8::1")
    await desk.ask(access.AddBan("bad.test", connection="2001:db8::1"))
    await desk.ask(access.AddBan("bad.test"))
    service = await any_house.client()
    porter = Porter(service.tables.doors)

    [binding] = {row.binding_id for row in service.tables.doors.access.values()} - {0}
    assert porter.access_of("10.0.0.1").is_trusted
    assert porter.access_of("10.0.0.1", binding).is_banned
    assert porter.access_of("10.0.0.2", binding).is_trusted
    assert not porter.access_of("10.0.0.2").is_trusted
    assert await listed(desk, "2001:db8::1") == ["10.0.0.1", "10.0.0.2"]
    assert len(service.tables.doors.bans) == 2
    await desk.ask(access.RemoveBan("bad.test", "2001:db8::1"))
    assert [b.value for b in (await desk.ask(access.ListBans())).rows] == ["bad.test"]
    assert (await desk.ask(access.ListBans("2001:db8::1"))).rows == ()


async def test_bans_are_kept_pushed_and_taken_away(any_house, desk):
    """BAN-1: addresses, domains, subdomains; who made it stands in the comment."""
    await desk.ask(AddDomain("demo.test"))
    service = await any_house.client()
    until = time.time() + 1000

    for value in ("Bob@Bad.test", "*.Bad.test", "worse.test"):
        answer = await desk.ask(access.AddBan(value, until, "spam"))
        assert isinstance(answer, Changed)
        assert answer.note == ""
    own = await desk.ask(access.AddBan("demo.test"))
    assert "a domain here" in own.note

    by = "by an administrator: spam"
    rows = (await desk.ask(access.ListBans())).rows
    assert [(row.value, row.comment) for row in rows] == [
        ("*.bad.test", by), ("bob@bad.test", by),
        ("demo.test", "by an administrator"), ("worse.test", by),
    ]  # fmt: skip
    assert [bool(row.expires_at) for row in rows] == [True, True, False, True]
    page = await desk.ask(access.ListBans(after="bob@bad.test", limit=1))
    assert [row.value for row in page.rows] == ["demo.test"]
    assert page.next == "demo.test"
    assert len(service.tables.doors.bans) == 4
    for value in ("worse.test", "*.bad.test"):
        await desk.ask(access.RemoveBan(value))
    assert len(service.tables.doors.bans) == 2


@pytest.mark.manual("12")
async def test_bans_that_make_no_sense_are_refused(desk):
    await desk.ask(access.AddBan("bad.test"))
    for field, request in (
        ("value", access.AddBan("")),
        ("domain", access.AddBan("bad..test")),
        ("value", access.AddBan("a b@bad.test")),
        ("value", access.AddBan("BAD.test")),
        ("expires", access.AddBan("worse.test", time.time() - 1)),
        ("expires", access.AddBan("worse.test", float("nan"))),
        ("expires", access.AddBan("worse.test", float("inf"))),
        ("value", access.RemoveBan("worse.test")),
    ):
        answer = await desk.ask(request)
        assert isinstance(answer, Denied), request
        assert (answer.field, bool(answer.cure)) == (field, True), answer


async def test_bans_go_away_by_themselves(any_house, monkeypatch):
    monkeypatch.setattr(access_desk, "EXPIRE_S", 0.05)
    await any_house.start()
    desk = await any_house.admin()
    service = await any_house.client()
    await desk.ask(access.AddBan("bad.test", time.time() + 1.5))
    await desk.ask(access.AddBan("worse.test", time.time() + 300))
    assert len(service.tables.doors.bans) == 2

    await until(lambda: len(service.tables.doors.bans) == 1)
    assert [b.value for b in (await desk.ask(access.ListBans())).rows] == ["worse.test"]


async def test_hits_of_bans_are_counted(any_house, desk):
    """And those of one that is gone are no more."""
    service = await any_house.client()
    number = (await desk.ask(access.AddBan("bad.test"))).item_id
    gone = (await desk.ask(access.AddBan("worse.test"))).item_id
    await desk.ask(access.RemoveBan("worse.test"))
    [row] = (await desk.ask(access.ListBans())).rows
    assert (row.hits, row.last_hit_at) == (0, 0.0)

    for hits, at in ((3, 50.0), (4, 40.0)):
        rows = (access.BanHit(number, hits, at), access.BanHit(gone, 1, at))
        await service.ask(access.CountBanHits(rows))

    [row] = (await desk.ask(access.ListBans())).rows
    assert (row.hits, row.last_hit_at) == (7, 50.0)


async def bans_when(desk, count: int) -> dict[str, access.BanView]:
    for _ in range(500):
        rows = (await desk.ask(access.ListBans())).rows
        if len(rows) >= count:
            return {row.value: row for row in rows}
        await asyncio.sleep(0.02)
    pytest.fail(f"only {rows}")


async def test_who_wrote_to_a_trap_is_banned_for_a_while(any_house, desk):
    """BAN-3, TRUST B9: expiry, audit, never our own."""
    await desk.ask(AddDomain("demo.test"))
    service = await any_house.client()

    service.tell(access.TrapHit("ceo@demo.test", "trap@demo.test", "192.0.2.1"))
    service.tell(access.TrapHit("", "trap@demo.test", "192.0.2.1"))
    service.tell(access.TrapHit("far.test", "trap@demo.test", "192.0.2.1"))
    for _ in range(3):
        service.tell(access.TrapHit("x@far.test", "trap@demo.test", "192.0.2.7"))
    service.tell(access.TrapHit("y@far.test", "trap@demo.test", "192.0.2.8"))

    rows = await bans_when(desk, 2)
    assert set(rows) == {"x@far.test", "y@far.test"}
    assert rows["x@far.test"].comment == (
        "wrote to the spam trap trap@demo.test, from 192.0.2.7"
    )
    days = (rows["x@far.test"].expires_at - time.time()) / 86_400
    assert 29.9 < days <= 30
    await until(lambda: len(service.tables.doors.bans) == 2)


async def test_a_second_hit_extends_and_never_shortens(any_house, desk):
    service = await any_house.client()
    soon, late = time.time() + 60, time.time() + 365 * 86_400
    for value, end in (("a@far.test", soon), ("b@far.test", late), ("c@far.test", 0)):
        await desk.ask(access.AddBan(value, end, "mine"))

    for value in ("a@far.test", "b@far.test", "c@far.test", "d@far.test"):
        service.tell(access.TrapHit(value, "trap@demo.test", "192.0.2.7"))

    rows = await bans_when(desk, 4)
    assert rows["a@far.test"].expires_at > soon + 86_400
    assert rows["b@far.test"].expires_at == pytest.approx(late)
    assert rows["c@far.test"].expires_at == 0
    assert rows["a@far.test"].comment == "by an administrator: mine"
    await desk.ask(SetSetting("trap_ban_days", "0"))
    service.tell(access.TrapHit("a@far.test", "trap@demo.test", "192.0.2.7"))
    service.tell(access.TrapHit("e@far.test", "trap@demo.test", "192.0.2.7"))
    rows = await bans_when(desk, 5)
    assert rows["a@far.test"].expires_at == rows["e@far.test"].expires_at == 0


async def test_a_login_cannot_be_required_where_none_is_offered(desk):
    """DECISIONS 6."""
    for first, second in (
        (("smtp_auth", "none"), ("sending_authentication", "auth")),
        (("sending_authentication", "auth"), ("smtp_auth", "none")),
    ):
        assert isinstance(await desk.ask(SetSetting(*first)), Changed)
        answer = await desk.ask(SetSetting(*second))
        assert isinstance(answer, Denied)
        assert (answer.kind, answer.field) == ("conflict", second[0])
        await desk.ask(SetSetting(first[0], ""))


@pytest.mark.timed
async def test_ten_thousand_filters_act_within_a_second(house):
    """A change among many: pushed, compiled and acknowledged."""
    database = Database(house.local.database_url)
    with database._engine.begin() as tx:
        for number in range(10_000):
            access_units.insert_rule(
                tx,
                binding_id=None,
                position=number + 1,
                pattern=f"{number % 200}.{number // 200}.*.1-7",
                kind="trusted",
                flags=0,
                comment="",
            )
    database.close()
    await house.start()
    desk = await house.admin()
    service = await house.client("smtpmax")
    porter = Porter(service.tables.doors)
    service.on_tables(porter.refresh)

    answer = await desk.ask(access.AddFilter("199.49.3.9", "banned"))

    assert answer.waiting_for == (), "it took a second"
    assert porter.access_of("199.49.3.9").is_banned
    assert porter.access_of("199.49.3.7").is_trusted
    assert not porter.access_of("199.49.3.8").is_trusted


# Cautions


@pytest.mark.parametrize(
    ("pattern", "kind", "flags"),
    [
        ("*", "trusted", 0),
        ("*", "custom", MAY_RELAY),
        ("0.0.0.0/0", "trusted", 0),
        ("*.*.*.*", "trusted", 0),
        ("::/0", "trusted", 0),
    ],
)
async def test_an_open_relay_is_made_by_who_confirms_it(desk, pattern, kind, flags):
    refused = await desk.ask(access.AddFilter(pattern, kind, flags))
    assert refused.kind == "conflict"
    assert refused.reason.startswith("CAUTION")
    assert "--yes" in refused.cure
    assert await listed(desk) == []

    harmless = await add(desk, "10.0.0.0/8", "trusted")
    edited = await desk.ask(access.ChangeFilter(harmless, pattern, kind, flags))
    assert edited == refused

    done = await desk.ask(access.AddFilter(pattern, kind, flags, confirmed=True))
    assert "open relay now" in done.note


async def test_many_strangers_are_trusted_with_a_caution(desk):
    wide = await desk.ask(access.AddFilter("198.0.0.0/8", "trusted"))
    few = await desk.ask(access.AddFilter("203.0.113.0/24", "trusted"))

    assert "very many addresses" in wide.note
    assert few.note == ""


async def test_a_ban_of_a_name_of_one_label_is_taken_with_a_caution(desk):
    for value in ("notld", "spam@notld", "*.notld"):
        assert "one label" in (await desk.ask(access.AddBan(value))).note
    assert (await desk.ask(access.AddBan("far.test"))).note == ""
