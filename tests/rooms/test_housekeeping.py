"""Housekeeping with real hub and real mailboxes: what goes, what stays, and when.

TRUST M9: nothing goes by a clock that jumped.
"""

import fcntl
import json
import os
import time
from pathlib import Path

import pytest

from fix_housekeeping import BODY, Keeper
from mailmax.base.units import DAY_S
from mailmax.housekeeping import leisure
from mailmax.hub.contract.domains import (
    AddDomain,
    ChangeDomain,
    DeleteDomain,
    ShowDomain,
)
from mailmax.hub.contract.housekeeping import AskHousekeeping, Deed, Totals
from mailmax.hub.contract.logins import VerifyLogin
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.presence import SessionClosed, SessionOpened
from mailmax.hub.contract.rows import MOVING
from mailmax.hub.contract.users import DeleteUser, ListUsers
from mailmax.store.accounts.removal_units import open_removals
from mailmax.store.mailboxes.values import Flag

TIM, EVE, JOE = "tim@demo.test", "eve@demo.test", "joe@demo.test"
SIZE = len(BODY)


async def notes(keeper: Keeper) -> list[tuple[str, str]]:
    """Return name and note of all removals that are not done."""
    rows = await keeper.house.hub._common.database.read(
        open_removals, time.time() * 2, 99
    )
    return [(row.name, row.note) for row in rows]


def files(root: Path) -> set[str]:
    return {str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()}


# Messages by age


@pytest.mark.manual("4.1")
async def test_old_mail_goes_from_every_mailbox_and_the_rest_stays(keeper: Keeper):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    await keeper.add_user(TIM)
    await keeper.add_user(EVE, housekeeping="disabled")
    keeper.fill(TIM, 1, 29, 31, 400)
    keeper.fill(TIM, 31, folder="Sent", flags=Flag.SEEN)
    keeper.fill(TIM, 50, flags=Flag.FLAGGED)
    keeper.fill(TIM, 60, folder="Drafts")
    keeper.fill(EVE, 400)

    view, deeds = await keeper.run()

    assert view.state == "done"
    assert deeds == [Deed("messages", TIM, 3, 3 * SIZE)]
    assert keeper.ages(TIM) == [1, 29, 50]
    assert keeper.ages(TIM, "Sent") == []
    assert keeper.ages(TIM, "Drafts") == [60]
    assert keeper.ages(EVE) == [400]
    assert view.totals == Totals(looked_at=1, messages=3, octets=3 * SIZE)


async def test_flagged_mail_and_drafts_go_where_the_postmaster_says_so(keeper: Keeper):
    await keeper.set(
        housekeeping="messages_by_age",
        housekeeping_days="30",
        housekeeping_spares_flagged="off",
    )
    await keeper.add_user(TIM)
    keeper.fill(TIM, 50, 2, flags=Flag.FLAGGED)
    keeper.fill(TIM, 60, folder="Drafts", flags=Flag.DRAFT)

    await keeper.run()

    assert keeper.ages(TIM) == [2]
    assert keeper.ages(TIM, "Drafts") == []


@pytest.mark.manual("7.1")
async def test_the_users_days_hold_before_the_domains_and_the_systems(keeper: Keeper):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    await keeper.desk.ask(ChangeDomain("demo.test", {"housekeeping_days": "300"}))
    await keeper.add_user(TIM)
    await keeper.add_user(EVE, housekeeping_days="10")
    await keeper.add_user(JOE, housekeeping_days="0")
    for address in (TIM, EVE, JOE):
        keeper.fill(address, 5, 20, 200, 2000)

    await keeper.run()

    assert keeper.ages(TIM) == [5, 20, 200]
    assert keeper.ages(EVE) == [5]
    assert keeper.ages(JOE) == [5, 20, 200, 2000]


async def test_a_dry_run_changes_nothing_and_says_what_the_run_then_does(
    keeper: Keeper,
):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    await keeper.add_user(TIM)
    keeper.fill(TIM, *range(20, 40))
    keeper.fill(TIM, 90, folder="Trash")
    idle = {"housekeeping": "users_by_age", "housekeeping_days": "1"}
    await keeper.add_user(EVE, **idle)
    await keeper.add_user("postmaster@demo.test", **idle)
    await keeper.add_user(JOE)
    keeper.fill(JOE, 1, 2)
    keeper.clocks.ahead = 2 * DAY_S
    await keeper.desk.ask(DeleteUser(JOE, "archive"))
    before = files(keeper.root)

    dry, would = await keeper.run(dry_run=True)

    assert files(keeper.root) == before
    assert keeper.ages(TIM, "Trash") == [92]
    real, did = await keeper.run()
    assert (dry.totals, would) == (real.totals, did)
    assert {deed.what for deed in did} == {"messages", "user", "spared", "archive"}
    assert max(keeper.ages(TIM)) == 29


async def test_only_one_domain_is_cleaned_when_asked_so(keeper: Keeper):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    await keeper.desk.ask(AddDomain("other.test"))
    await keeper.add_user(TIM)
    await keeper.add_user("tim@other.test")
    for address in (TIM, "tim@other.test"):
        keeper.fill(address, 50)

    view, _ = await keeper.run(domain="OTHER.test")

    assert view.totals.looked_at == 1
    assert keeper.ages(TIM) == [50]
    assert keeper.ages("tim@other.test") == []
    nowhere = await keeper.ask_to_run(domain="nowhere.test")
    assert isinstance(nowhere, Denied)
    assert nowhere.kind == "not_found"


async def test_nobody_gets_mailboxes_by_being_looked_at(keeper: Keeper):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    await keeper.add_user(TIM)

    view, _ = await keeper.run()

    assert view.totals == Totals(looked_at=1)
    assert not keeper.home(TIM).exists()


async def test_one_users_trouble_holds_up_nobody_else(keeper: Keeper):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    for address in (EVE, TIM):
        await keeper.add_user(address)
        keeper.fill(address, 50)
    fd = os.open(keeper.home(EVE), os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(fd, fcntl.LOCK_EX)

    view, deeds = await keeper.run()

    os.close(fd)
    assert deeds == [
        Deed("trouble", EVE, note="the mailbox is busy"),
        Deed("messages", TIM, 1, SIZE),
    ]
    assert view.totals.troubles == 1
    await keeper.run()
    assert keeper.ages(EVE) == []


# Users by age


async def test_idle_users_are_deleted_and_put_away(keeper: Keeper):
    await keeper.set(housekeeping="users_by_age", housekeeping_days="90")
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    keeper.clocks.ahead = 91 * DAY_S
    await keeper.add_user(EVE, housekeeping_days="100")
    kept = [
        "postmaster@demo.test", "trap@demo.test", "off@demo.test", "catch@demo.test",
        "watch@demo.test", "post@demo.test", "here@demo.test",
    ]  # fmt: skip
    kinds = {"trap@demo.test": {"kind": "trap"}, "off@demo.test": {"kind": "disabled"}}
    for address in kept:
        await keeper.add_user(address, **kinds.get(address, {}))
    await keeper.desk.ask(
        ChangeDomain(
            "demo.test", {"catch_all": "catch@demo.test", "monitor": "watch@demo.test"}
        )
    )
    await keeper.set(postmaster="post@demo.test")
    service = await keeper.house.client("imapmax")
    service.tell(SessionOpened(1, "imap", "192.0.2.1", "here@demo.test"))

    _, deeds = await keeper.run()

    assert [deed.name for deed in deeds if deed.what == "user"] == [TIM]
    spared = {deed.name: deed.note for deed in deeds if deed.what == "spared"}
    assert spared == {
        "postmaster@demo.test": "is a postmaster",
        "trap@demo.test": "is a trap",
        "off@demo.test": "is disabled",
        "catch@demo.test": "gets what others pass on",
        "watch@demo.test": "gets what others pass on",
        "post@demo.test": "is a postmaster",
        "here@demo.test": "is logged in",
    }
    page = await keeper.desk.ask(ListUsers())
    assert TIM not in {row.address for row in page.rows}
    keeper.clocks.ahead += 10
    _, deeds = await keeper.run()
    assert ("archive", TIM) in {(deed.what, deed.name) for deed in deeds}
    assert not keeper.home(TIM).exists()
    (away,) = (keeper.root / ".archive/demo.test").iterdir()
    assert away.name.endswith(keeper.home(TIM).name)
    assert (away / "mail.0001").stat().st_size > SIZE


async def test_a_login_a_moment_ago_counts(keeper: Keeper):
    await keeper.set(housekeeping="users_by_age", housekeeping_days="30")
    await keeper.add_user(TIM)
    database = keeper.house.hub._common.database
    service = await keeper.house.client("popmax")
    keeper.clocks.ahead = 29 * DAY_S

    def make_old(tx) -> None:
        tx.exec_driver_sql("UPDATE users SET made_at = made_at - 9999999")

    await database.write(make_old)
    peer = "127.0.0.1"
    await service.ask(VerifyLogin(TIM, Secret("secret"), "pop3", peer, True))

    view, deeds = await keeper.run()

    assert view.totals.users == 0
    assert deeds == []


# Directories of who is gone


@pytest.mark.manual("7.7")
@pytest.mark.parametrize("way", ["archive", "remove"])
async def test_a_deleted_users_directory_goes_its_way(keeper: Keeper, way: str):
    await keeper.set(delete_grace_days="2")
    await keeper.add_user(TIM)
    await keeper.add_user(EVE)
    keeper.fill(TIM, 1)
    keeper.fill(EVE, 1)
    gone = await keeper.desk.ask(DeleteUser(TIM, way))
    assert "does not" not in gone.note
    keeper.clocks.ahead = 10

    _, deeds = await keeper.run()
    waiting = [deeds.pop()] if way == "remove" else []

    assert [(one.what, one.name) for one in waiting] == [("waits", TIM)] * len(waiting)
    assert keeper.home(TIM).exists() is (way == "remove")
    keeper.clocks.ahead = 2 * DAY_S + 10
    _, later = await keeper.run()
    assert not keeper.home(TIM).exists()
    (deed,) = [*deeds, *later]
    assert (deed.what, deed.name, deed.note) == (way, TIM, deed.note)
    assert deed.octets > SIZE
    assert (keeper.root / ".archive").exists() is (way == "archive")
    assert keeper.ages(EVE) == [3]
    assert await notes(keeper) == []


@pytest.mark.manual("7.7")
async def test_what_waits_for_its_grace_is_listed_with_the_day(keeper: Keeper):
    """By a dry run, too; it is touched by neither."""
    await keeper.set(delete_grace_days="2")
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    await keeper.desk.ask(DeleteUser(TIM, "remove"))
    day = keeper.clocks.local(time.time() + 2 * DAY_S)
    keeper.clocks.ahead = 10

    dry, would = await keeper.run(dry_run=True)
    real, did = await keeper.run()

    place = keeper.home(TIM).relative_to(keeper.root)
    (deed,) = would
    assert (deed.what, deed.name) == ("waits", TIM)
    assert deed.note == f"stays in {place} until {day:%Y-%m-%d}: its days of grace"
    assert did == would
    assert (real.totals.removed, real.totals.troubles) == (0, 0)
    assert dry.totals == real.totals
    assert keeper.home(TIM).exists()


@pytest.mark.manual("6.6")
@pytest.mark.parametrize("way", ["archive", "remove"])
async def test_a_deleted_domains_directory_goes_its_way(keeper: Keeper, way: str):
    await keeper.set(delete_grace_days="0")
    await keeper.desk.ask(AddDomain("other.test"))
    await keeper.add_user("tim@other.test")
    await keeper.add_user(TIM)
    keeper.fill("tim@other.test", 1)
    keeper.fill(TIM, 1)
    request = DeleteDomain("other.test", with_users=True, way=way)
    await keeper.desk.ask(request)
    keeper.clocks.ahead = 10

    view, _ = await keeper.run()

    assert (view.totals.archived, view.totals.removed) == (
        (1, 0) if way == "archive" else (0, 1)
    )
    assert not (keeper.root / "other.test").exists()
    assert keeper.ages(TIM) == [1]
    away = sorted(keeper.root.glob(".archive/*.other.test"))
    assert len(away) == (way == "archive")
    assert not any(keeper.root.glob(".trash/*"))


async def test_a_domain_that_lives_again_keeps_its_new_mail(keeper: Keeper):
    await keeper.set(delete_grace_days="0")
    await keeper.desk.ask(AddDomain("other.test"))
    await keeper.add_user("tim@other.test")
    keeper.fill("tim@other.test", 1)
    old = keeper.home("tim@other.test")
    request = DeleteDomain("other.test", with_users=True, way="remove")
    await keeper.desk.ask(request)
    await keeper.desk.ask(AddDomain("other.test"))
    await keeper.add_user("tim@other.test")
    keeper.fill("tim@other.test", 5)
    keeper.clocks.ahead = 10

    await keeper.run()

    assert not old.exists()
    assert keeper.home("tim@other.test").parent.parent.name.startswith("other.test~")
    assert keeper.ages("tim@other.test") == [5]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("..", "no directory of mail"),
        ("/", "no directory of mail"),
        ("demo.test/../demo.test", "no directory of mail"),
        (".trash", "no directory of mail"),
        ("demo.test", "mail of"),
        ("other.test", "directory of the domain other.test"),
        ("elsewhere", "is a link"),
    ],
)
async def test_no_note_leads_to_what_is_not_gone(
    keeper: Keeper, place: str, words: str
):
    await keeper.set(delete_grace_days="0")
    await keeper.desk.ask(AddDomain("other.test"))
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    outside = keeper.house.root / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"precious")
    (keeper.root / "elsewhere").symlink_to(outside)
    (keeper.root / "other.test").mkdir()
    (keeper.root / "other.test/file").write_bytes(b"precious")

    def forge(tx) -> None:
        tx.exec_driver_sql(
            "INSERT INTO removals (what, name, place, way, asked_at, due_at, note)"
            " VALUES ('domain', 'gone.test', ?, 'remove', 0, 0, '')",
            (place,),
        )

    await keeper.house.hub._common.database.write(forge)
    before = files(keeper.house.root / "mail") | files(outside)

    view, deeds = await keeper.run()

    assert files(keeper.house.root / "mail") | files(outside) == before
    assert view.totals.removed == 0
    told = [deed.note for deed in deeds] + [note for _, note in await notes(keeper)]
    assert any(words in note for note in told), told


async def test_nothing_is_touched_while_a_session_is_open(keeper: Keeper):
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    service = await keeper.house.client("imapmax")
    service.tell(SessionOpened(1, "imap", "192.0.2.1", TIM))
    await keeper.desk.ask(DeleteUser(TIM, "archive"))
    keeper.clocks.ahead = 10

    _, [left] = await keeper.run()
    assert keeper.home(TIM).exists()
    assert (left.what, left.name) == ("left", TIM)
    assert "sessions are still open" in left.note
    service.tell(SessionClosed(1))
    await keeper.run()

    assert not keeper.home(TIM).exists()


async def test_what_was_deleted_a_moment_ago_is_waited_for(
    keeper: Keeper, monkeypatch, caplog
):
    monkeypatch.setattr("mailmax.housekeeping.clearing.SETTLED_S", 1.0)
    monkeypatch.setattr("mailmax.datamax.housekeeping.SETTLED_S", 1.0)
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    await keeper.desk.ask(DeleteUser(TIM, "archive"))

    view, [deed] = await keeper.run()

    assert (deed.what, view.totals.archived) == ("archive", 1)
    assert not keeper.home(TIM).exists()
    assert "stays in" not in caplog.text


async def test_what_is_still_settling_at_the_end_is_listed_with_the_true_reason(
    keeper: Keeper, monkeypatch
):
    monkeypatch.setattr("mailmax.housekeeping.clearing.SETTLED_S", 0.0)
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    await keeper.desk.ask(DeleteUser(TIM, "archive"))

    _, [left] = await keeper.run()

    assert left.what == "left"
    assert "a moment ago" in left.note
    assert keeper.home(TIM).exists()


@pytest.mark.manual("6.6")
async def test_who_deletes_is_told_when_housekeeping_is_not_there(keeper: Keeper):
    await keeper.add_user(TIM)
    await keeper.add_user(EVE)
    await keeper.stop()

    waits = await keeper.desk.ask(DeleteUser(TIM, "archive"))
    stays = await keeper.desk.ask(DeleteUser(EVE, "database"))

    assert (
        waits.note == "Housekeeping puts the mail away, once it runs: it does not now"
    )
    assert "once it runs" not in stays.note
    with pytest.raises(Exception, match="Housekeeping is not running"):
        await keeper.desk.ask(AskHousekeeping())


async def test_directories_are_cleared_away_without_being_asked(keeper: Keeper):
    await keeper.stop()
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    await keeper.desk.ask(DeleteUser(TIM, "archive"))
    keeper.clocks.ahead = 10
    keeper.tick_s = 0.05
    await keeper.start()

    async def is_done() -> bool:
        return (await keeper.desk.ask(AskHousekeeping())).sum.archived == 1

    await keeper.wait_until(is_done)
    assert not keeper.home(TIM).exists()


# Life


@pytest.mark.timed
async def test_it_stops_within_a_second_and_goes_on_where_it_was(keeper: Keeper):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    for number in range(20):
        await keeper.add_user(f"u{number:02}@demo.test")
        keeper.fill(f"u{number:02}@demo.test", *range(1, 60, 2))
    await keeper.stop()
    keeper.rest = 50.0
    await keeper.start()
    begun = await keeper.ask_to_run()

    async def has_begun() -> bool:
        view = (await keeper.desk.ask(AskHousekeeping())).last
        return view.totals.messages > 0

    await keeper.wait_until(has_begun)
    begin = time.monotonic()
    await keeper.stop()
    assert time.monotonic() - begin < 1.0
    assert any(max(keeper.ages(f"u{one:02}@demo.test")) > 30 for one in range(20))

    keeper.rest = 0.0
    await keeper.start()
    view = await keeper.wait_for_run(begun.number)

    assert view.state == "done"
    for number in range(20):
        assert keeper.ages(f"u{number:02}@demo.test") == list(range(1, 30, 2))


async def test_once_a_day_at_the_quiet_hour(keeper: Keeper):
    await keeper.stop()
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    await keeper.add_user(TIM)
    keeper.fill(TIM, 50)
    keeper.tick_s = 0.05
    await keeper.start()
    await keeper.let_it_look()
    before = await keeper.desk.ask(AskHousekeeping())
    assert before.last is None

    keeper.clocks.ahead = before.next_at - time.time() + 5

    async def has_run() -> bool:
        last = (await keeper.desk.ask(AskHousekeeping())).last
        return last is not None and last.state == "done"

    await keeper.wait_until(has_run)
    assert keeper.ages(TIM) == []
    await keeper.let_it_look()
    after = await keeper.desk.ask(AskHousekeeping())
    assert after.last.number == 1
    assert after.next_at > before.next_at + DAY_S / 2


@pytest.mark.parametrize("days", [2, -2])
async def test_nothing_is_deleted_by_a_clock_of_the_hub_that_is_another(
    keeper: Keeper, days: int
):
    """TRUST M9: nor by --trust-clock, which is about this computer's."""
    idle = {"housekeeping": "users_by_age", "housekeeping_days": "1"}
    await keeper.add_user(TIM)
    await keeper.add_user(EVE, **idle)
    await keeper.add_user(JOE)
    keeper.fill(JOE, 1)
    await keeper.desk.ask(DeleteUser(JOE, "remove"))
    before = files(keeper.root)
    desk = keeper.house.hub._administration.housekeeping
    desk.clock = lambda: time.time() + days * DAY_S

    for trust in (False, True):
        view, deeds = await keeper.run(trust_clock=trust)
        assert view.state == "refused"
        assert view.note.startswith("the clock of DataMax is 2.0 days")
        assert deeds == []

    assert files(keeper.root) == before
    page = await keeper.desk.ask(ListUsers())
    assert [row.address for row in page.rows] == [EVE, TIM]


@pytest.mark.parametrize("days", [2, -2, 3650])
async def test_a_clock_that_jumped_deletes_nothing_until_somebody_says_so(
    keeper: Keeper, days: int
):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    await keeper.add_user(TIM)
    keeper.fill(TIM, 29, 50)
    await keeper.stop()
    keeper.clocks.jumped = days * DAY_S
    keeper.tick_s = 0.05
    await keeper.start()

    refused = await keeper.ask_to_run()
    dry = await keeper.ask_to_run(dry_run=True)

    assert isinstance(refused, Denied)
    assert refused.field == dry.field == "clock"
    await keeper.let_it_look()
    assert len(keeper.ages(TIM)) == 2
    assert "clock was set" in (await keeper.desk.ask(AskHousekeeping())).clock_trouble
    await keeper.run(trust_clock=True)
    assert len(keeper.ages(TIM)) == (1 if days < 0 else 0)
    keeper.clocks.jumped = 0
    assert isinstance(await keeper.ask_to_run(), Denied)


async def test_a_clock_that_jumps_in_a_run_ends_it(keeper: Keeper):
    await keeper.set(housekeeping="messages_by_age", housekeeping_days="30")
    for number in range(20):
        await keeper.add_user(f"u{number:02}@demo.test")
        keeper.fill(f"u{number:02}@demo.test", 29, 50)
    await keeper.stop()
    keeper.rest = 50.0
    await keeper.start()
    begun = await keeper.ask_to_run()

    async def has_begun() -> bool:
        view = (await keeper.desk.ask(AskHousekeeping())).last
        return view.totals.messages > 0

    await keeper.wait_until(has_begun)
    keeper.clocks.jumped = 5 * DAY_S
    view = await keeper.wait_for_run(begun.number)

    assert view.state == "refused"
    assert "5.0 days forward" in view.note
    keeper.clocks.jumped = 0
    left = [keeper.ages(f"u{number:02}@demo.test") for number in range(20)]
    assert all(29 in ages for ages in left)


async def test_a_machine_that_was_off_for_long_must_be_believed(keeper: Keeper):
    await keeper.stop()
    keeper.clocks.boot = "second"
    keeper.clocks.ahead = 0.5 * DAY_S
    await keeper.start()
    assert (await keeper.desk.ask(AskHousekeeping())).clock_trouble == ""
    await keeper.stop()
    keeper.clocks.boot = "third"
    keeper.clocks.ahead = 9 * DAY_S
    await keeper.start()

    view = await keeper.desk.ask(AskHousekeeping())

    assert "was off" in view.clock_trouble


# The directory of a domain


def other_disk(keeper: Keeper, name: str = "disk") -> Path:
    return keeper.house.root / name


async def value(keeper: Keeper, name: str, key: str) -> str:
    shown = await keeper.desk.ask(ShowDomain(name))
    return next(json.loads(row.value) for row in shown.rows if row.key == key)


async def home_of(keeper: Keeper, address: str) -> str:
    page = await keeper.desk.ask(ListUsers())
    return next(row.home for row in page.rows if row.address == address)


@pytest.mark.manual("6.1")
async def test_a_domain_moves_into_another_directory_and_back(keeper: Keeper):
    await keeper.add_user(TIM)
    await keeper.add_user(EVE)
    keeper.fill(TIM, 1, 2)
    keeper.fill(EVE, 3)
    disk = other_disk(keeper)
    filer = await keeper.house.client("filer")
    seen = []
    filer.on_tables(lambda: seen.append(filer.tables.domain("demo.test").suspended))
    changed = await keeper.desk.ask(ChangeDomain("demo.test", {"mail_root": str(disk)}))
    assert changed.note == f"Housekeeping moves the mail to {disk}"
    assert await value(keeper, "demo.test", "mail_root") == str(disk)
    old = keeper.home(TIM)

    view, deeds = await keeper.run()

    assert [(deed.what, deed.note) for deed in deeds] == [("move", str(disk))]
    assert view.totals.moved == 1
    assert ("smtp", "pop3", "imap") in seen
    assert seen[-1] == ()
    assert await home_of(keeper, TIM) == f"{disk}/{old.parent.name}/{old.name}"
    assert filer.tables.find(TIM).home == await home_of(keeper, TIM)
    await keeper.learn_homes()
    assert keeper.ages(TIM) == [1, 2]
    assert keeper.ages(EVE) == [3]
    await keeper.add_user(JOE)
    assert (await home_of(keeper, JOE)).startswith(f"{disk}/")
    keeper.fill(JOE, 4)

    keeper.clocks.ahead += 10
    await keeper.run()  # the old directory goes
    assert not (keeper.root / "demo.test").exists()
    await keeper.desk.ask(ChangeDomain("demo.test", {"mail_root": ""}))
    await keeper.run()
    await keeper.learn_homes()
    assert (await home_of(keeper, JOE)).startswith("demo.test~")
    assert [keeper.ages(one) for one in (TIM, EVE, JOE)] == [[1, 2], [3], [4]]
    keeper.clocks.ahead += 10
    await keeper.run()
    assert not list(disk.glob("*/*"))
    assert await notes(keeper) == []


async def test_a_move_that_cannot_be_leaves_the_domain_where_it_was(keeper: Keeper):
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    disk = other_disk(keeper)
    disk.mkdir(0o700)
    (disk / "somebodys").touch()
    await keeper.desk.ask(ChangeDomain("demo.test", {"mail_root": str(disk)}))

    view, deeds = await keeper.run()

    assert view.totals.moved == 0
    assert "is not empty" in deeds[0].note
    assert await value(keeper, "demo.test", "mail_root") == ""
    assert await value(keeper, "demo.test", "suspended") == []
    assert keeper.ages(TIM) == [1]


async def test_a_dry_run_says_that_it_would_move(keeper: Keeper):
    await keeper.add_user(TIM)
    keeper.fill(TIM, 1)
    disk = other_disk(keeper)
    await keeper.desk.ask(ChangeDomain("demo.test", {"mail_root": str(disk)}))

    dry, would = await keeper.run(dry_run=True)
    assert await home_of(keeper, TIM) == str(keeper.home(TIM).relative_to(keeper.root))
    real, did = await keeper.run()

    assert (dry.totals, would) == (real.totals, did)


@pytest.mark.parametrize("inside", ["", "/below"])
async def test_no_directory_lies_in_another_domains(keeper: Keeper, inside: str):
    await keeper.desk.ask(AddDomain("other.test"))
    disk = str(other_disk(keeper))
    await keeper.desk.ask(ChangeDomain("other.test", {"mail_root": disk}))

    refused = await keeper.desk.ask(
        ChangeDomain("demo.test", {"mail_root": disk + inside})
    )
    relative = await keeper.desk.ask(
        ChangeDomain("demo.test", {"mail_root": "../mail"})
    )

    assert refused.field == relative.field == "mail_root"
    assert "other.test" in refused.reason


async def test_a_move_that_is_cut_goes_on_and_the_domain_waits(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leisure, "SLICE_S", 0.0)
    for number in range(8):
        await keeper.add_user(f"u{number:02}@demo.test")
        keeper.fill(f"u{number:02}@demo.test", number)
    disk = other_disk(keeper)
    service = await keeper.house.client("smtpmax")
    await keeper.stop()
    await keeper.desk.ask(ChangeDomain("demo.test", {"mail_root": str(disk)}))
    keeper.rest = 200.0
    await keeper.start()

    async def has_begun() -> bool:
        return len(list(disk.glob("*/*"))) > 1

    await keeper.wait_until(has_begun)
    await keeper.stop()
    assert len(list(disk.glob("*/*"))) < 8
    assert "smtp" in service.tables.domain("demo.test").suspended
    assert service.tables.find("u01@demo.test").flags & MOVING
    gone = await keeper.desk.ask(DeleteDomain("demo.test", with_users=True))
    again = await keeper.desk.ask(ChangeDomain("demo.test", {"mail_root": ""}))
    assert gone.kind == again.kind == "conflict"

    keeper.rest = 0.0
    await keeper.start()

    async def has_ended() -> bool:
        return not service.tables.domain("demo.test").suspended

    await keeper.wait_until(has_ended)
    await keeper.learn_homes()
    for number in range(8):
        assert keeper.ages(f"u{number:02}@demo.test") == [number]
        assert str(keeper.home(f"u{number:02}@demo.test")).startswith(str(disk))


@pytest.mark.parametrize("way", ["archive", "remove"])
async def test_who_goes_from_a_directory_elsewhere(keeper: Keeper, way: str):
    await keeper.set(delete_grace_days="0")
    disk = other_disk(keeper)
    await keeper.desk.ask(ChangeDomain("demo.test", {"mail_root": str(disk)}))
    await keeper.run()
    for address in (TIM, EVE):
        await keeper.add_user(address)
        keeper.fill(address, 1)
    await keeper.desk.ask(DeleteUser(TIM, way))
    keeper.clocks.ahead += 10

    await keeper.run()
    assert not keeper.home(TIM).exists()
    assert keeper.ages(EVE) == [1]
    await keeper.desk.ask(DeleteDomain("demo.test", with_users=True, way=way))
    keeper.clocks.ahead += 10
    await keeper.run()

    assert not keeper.home(EVE).exists()
    away = {one.parent.name for one in disk.glob(".archive/**/mail.0001")}
    assert len(away) == (2 if way == "archive" else 0)
    assert not list(disk.glob(".trash/*"))
