"""API keys, preferences, and who acts by the web: the audit log (ADM)."""

import asyncio
import json
import time

import pytest

from mailmax.base.units import DAY_S
from mailmax.datamax.audit import Who
from mailmax.datamax.web.api_keys import MOST_SCOPES
from mailmax.hub.codec import OnBehalf
from mailmax.hub.contract.access import (
    AddBan,
    AddFilter,
    ChangeFilter,
    RemoveBan,
    RemoveFilter,
)
from mailmax.hub.contract.administration import Changed, Detail
from mailmax.hub.contract.administrators import SetAdministration
from mailmax.hub.contract.aliases import AddAlias
from mailmax.hub.contract.audit import AuditPage, ListAudit
from mailmax.hub.contract.bindings import (
    AddBinding,
    ChangeBinding,
    DeleteBinding,
    DeleteListener,
    SwitchListener,
)
from mailmax.hub.contract.domains import ChangeDomain, ListDomains
from mailmax.hub.contract.housekeeping import RunHousekeeping
from mailmax.hub.contract.message import Denied, Done, Secret
from mailmax.hub.contract.rules import AddRule, DeleteRule, RuleOwner, SwitchRule
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import (
    AddUser,
    ChangeUser,
    DeleteUser,
    SetPassword,
    ShowUser,
)
from mailmax.hub.contract.web import (
    Actor,
    AddApiKey,
    ApiKeyAdded,
    AskPreferences,
    EndWebSession,
    EndWebSessions,
    ListApiKeys,
    Nobody,
    OpenWebSession,
    PutPreference,
    RemoveApiKey,
    WhoIs,
)

ANN, BEN = "ann@one.test", "ben@one.test"
PEER = "203.0.113.9"


@pytest.fixture
async def desk(any_house):
    return await any_house.begin(ANN, BEN, domains=("one.test",))


@pytest.fixture
async def hub(desk, any_house):
    return await any_house.client("webadmin", frozenset())


async def sign_in(hub, name=ANN):
    opened = await hub.ask(OpenWebSession(name, Secret("secret"), PEER, True))
    return opened, Actor(opened.principal.session_id, peer=PEER)


async def entries(desk, **wanted):
    return (await desk.ask(ListAudit(**wanted))).rows


async def newest(desk):
    return (await entries(desk, limit=1))[0]


# Keys


async def test_a_key_is_its_owner_narrowed_to_its_scopes(desk, hub):
    await desk.ask(SetAdministration(ANN, ("one.test",)))
    ends_at = time.time() + 1000

    added = await desk.ask(
        AddApiKey("backup", ("users:read", "domains:*"), ANN, ends_at)
    )

    assert isinstance(added, ApiKeyAdded)
    assert added.key.value.startswith("mmx_")
    who = await hub.ask(WhoIs(added.key))
    assert (who.session_id, who.key_id, who.name) == (0, added.key_id, ANN)
    assert (who.is_system, who.domains) == (False, ("one.test",))
    assert (who.scopes, who.key_name) == (("domains:*", "users:read"), "backup")
    assert who.ends_at == pytest.approx(ends_at)
    [row] = (await desk.ask(ListApiKeys(ANN))).rows
    assert (row.name, row.owner, row.used_at > 0) == ("backup", ANN, True)
    assert added.key.value not in repr(row)


async def test_a_key_of_the_system_has_no_owner(desk, hub):
    added = await desk.ask(AddApiKey("all", ("*",)))

    who = await hub.ask(WhoIs(added.key))

    assert (who.is_system, who.user_id, who.name) == (True, 0, "host password")
    page = await desk.ask(ListApiKeys(limit=1))
    assert ([row.owner for row in page.rows], page.next) == ([""], "")


@pytest.mark.parametrize(
    "change",
    [
        SetPassword(ANN, Secret("other")),
        ChangeUser(ANN, {"kind": "disabled"}),
        DeleteUser(ANN),
    ],
)
async def test_a_key_ends_with_its_owners_password(desk, hub, change):
    added = await desk.ask(AddApiKey("mine", ("*",), ANN))

    assert isinstance(await desk.ask(change), Changed)

    assert isinstance(await hub.ask(WhoIs(added.key)), Nobody)


async def test_a_key_ends_when_it_is_removed_or_its_time_is_over(
    desk, hub, monkeypatch
):
    first = await desk.ask(AddApiKey("one", ("*",), ANN))
    second = await desk.ask(AddApiKey("two", ("*",), ANN, time.time() + 50))
    denied = await desk.ask(RemoveApiKey(first.key_id, BEN))
    assert denied.kind == "not_found"

    assert isinstance(await desk.ask(RemoveApiKey(first.key_id, ANN)), Changed)
    assert isinstance(await hub.ask(WhoIs(first.key)), Nobody)

    now = time.time()
    monkeypatch.setattr("mailmax.datamax.web.desk.time.time", lambda: now + 60)
    assert isinstance(await hub.ask(WhoIs(second.key)), Nobody)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (AddApiKey("", ("*",)), "name"),
        (AddApiKey("a\nb", ("*",)), "name"),
        (AddApiKey("x" * 101, ("*",)), "name"),
        (AddApiKey("a", ()), "scopes"),
        (AddApiKey("a", ("users",)), "scopes"),
        (AddApiKey("a", ("users:read; drop",)), "scopes"),
        (AddApiKey("a", ("*",) * (MOST_SCOPES + 1)), "scopes"),
        (AddApiKey("a", ("*",), "", 1.0), "ends_at"),
        (AddApiKey("a", ("*",), "no@one.test"), "address"),
        (AddApiKey("taken", ("*",), ANN), "name"),
    ],
)
async def test_a_bad_key_is_refused(desk, request_, field):
    await desk.ask(AddApiKey("taken", ("*",), ANN))

    denied = await desk.ask(request_)

    assert isinstance(denied, Denied)
    assert denied.field == field
    assert denied.cure


# Preferences


async def test_preferences_are_kept_for_each_account(desk, hub):
    (_, ann), (_, ben) = await sign_in(hub), await sign_in(hub, BEN)
    tree = json.dumps([{"kind": "system", "name": "a", "address": "https://a.test"}])

    assert isinstance(await hub.ask(PutPreference(ann, "theme", '"dark"')), Done)
    assert isinstance(await hub.ask(PutPreference(ann, "columns", tree)), Done)
    bad = await hub.ask(PutPreference(ann, "columns", "[1"))

    assert (bad.kind, bad.field) == ("bad_value", "value")
    kept = {row.key: row.value for row in (await hub.ask(AskPreferences(ann))).rows}
    assert kept == {"theme": '"dark"', "columns": tree}
    assert (await hub.ask(AskPreferences(ben))).rows == ()
    await hub.ask(PutPreference(ann, "theme", ""))
    assert len((await hub.ask(AskPreferences(ann))).rows) == 1


async def test_preferences_are_bounded(desk, hub, monkeypatch):
    monkeypatch.setattr("mailmax.datamax.web.preferences.MOST", 2)
    _, ann = await sign_in(hub)
    for key in ("one", "two"):
        await hub.ask(PutPreference(ann, key, "1"))

    denied = await hub.ask(PutPreference(ann, "three", "1"))

    assert (denied.kind, denied.field) == ("conflict", "key")
    assert isinstance(await hub.ask(PutPreference(ann, "two", "2")), Done)


# On behalf


async def test_the_web_changes_nothing_but_for_somebody(desk, hub):
    denied = await hub.ask(AddAlias("x@one.test", ANN))
    assert (denied.kind, denied.field) == ("not_allowed", "actor")
    assert (await hub.ask(ListDomains())).rows  # what reads is answered

    opened, actor = await sign_in(hub)
    answer = await hub.ask(OnBehalf(actor, AddAlias("x@one.test", ANN)))
    assert isinstance(answer, Changed)

    await hub.ask(EndWebSession(opened.token))
    denied = await hub.ask(OnBehalf(actor, AddAlias("y@one.test", ANN)))
    assert (denied.kind, denied.field) == ("not_allowed", "session")
    for nobody in (Actor(), Actor(1, 1), Actor(99), Actor(key_id=99)):
        denied = await hub.ask(OnBehalf(nobody, ListDomains()))
        assert denied.field == "session"


async def test_nobody_but_the_web_speaks_for_others(desk, hub, any_house):
    _, actor = await sign_in(hub)
    for client in (desk, await any_house.client("smtpmax")):
        denied = await client.ask(OnBehalf(actor, ListDomains()))
        assert (denied.kind, denied.field) == ("not_allowed", "role")


async def test_reading_for_somebody_is_answered_like_reading(desk, hub):
    _, actor = await sign_in(hub)

    answer = await hub.ask(OnBehalf(actor, ShowUser(ANN)))

    assert isinstance(answer, Detail)
    assert await entries(desk, request="ShowUser") == ()


# The audit log


async def test_a_command_is_noted_with_what_was_and_what_is(desk):
    await desk.ask(SetSetting("postmaster", ANN))
    await desk.ask(SetSetting("postmaster", BEN))

    entry = await newest(desk)

    assert (entry.actor_kind, entry.actor) == ("host_password", "host password")
    assert (entry.peer, entry.request) == ("here", "SetSetting")
    assert (entry.subject, entry.result) == ("postmaster", "done")
    assert json.loads(entry.before) == {"postmaster": ANN}
    assert json.loads(entry.after)["value"] == BEN
    assert abs(entry.at - time.time()) < 60


async def test_what_is_changed_or_goes_is_kept_as_it_was(desk):
    """Before and after, whatever it is."""
    definition = json.dumps(
        {
            "name": "junk",
            "conditions": [{"kind": "any_message"}],
            "actions": [{"kind": "discard"}],
        }
    )
    filter_ = (
        await desk.ask(AddFilter("192.0.2.1", "banned", comment="noisy"))
    ).item_id
    rule = (await desk.ask(AddRule(RuleOwner("system"), definition))).item_id
    await desk.ask(AddBinding("192.0.2.7", {"display_name": "mx"}, ("smtp",)))
    await desk.ask(AddBan("spam.test", comment="bought lists"))
    asked = (
        (ChangeFilter(filter_, kind="trusted"), ("kind", "banned")),
        (RemoveFilter(filter_), ("comment", "noisy")),
        (SwitchRule(rule, is_enabled=False), ("is_enabled", True)),
        (DeleteRule(rule), ("name", "junk")),
        (SwitchListener("192.0.2.7", "smtp", is_open=False), ("is_open", True)),
        (ChangeBinding("192.0.2.7", {"display_name": "m2"}), ("display_name", "mx")),
        (DeleteListener("192.0.2.7", "smtp"), ("service", "smtp")),
        (DeleteBinding("192.0.2.7"), ("display_name", "m2")),
        (RemoveBan("spam.test"), ("value", "spam.test")),
        (DeleteUser(BEN, confirmed=True), ("kind", "normal")),
    )

    for request, (key, was) in asked:
        answer = await desk.ask(request)
        assert isinstance(answer, Changed), (request, answer)

        entry = await newest(desk)
        assert entry.request == type(request).__name__
        assert json.loads(entry.before)[key] == was, entry


async def test_what_replaces_nothing_has_nothing_before(desk):
    await desk.ask(AddAlias("x@one.test", ANN))

    assert (await newest(desk)).before == ""


async def test_who_acts_by_the_web_is_noted_by_name(desk, hub):
    _, actor = await sign_in(hub)
    added = await desk.ask(AddApiKey("robot", ("*",), BEN))
    key = Actor(key_id=added.key_id, peer="2001:db8::1")

    await hub.ask(OnBehalf(actor, ChangeUser(BEN, {"first_name": "Benno"})))
    await hub.ask(OnBehalf(key, ChangeDomain("one.test", {"max_users": "7"})))

    by_key, by_ann = await entries(desk, limit=2)
    assert (by_ann.actor_kind, by_ann.actor, by_ann.peer) == ("session", ANN, PEER)
    assert json.loads(by_ann.before) == {"first_name": ""}
    assert (by_key.actor_kind, by_key.actor) == ("key", BEN)
    assert (by_key.key_name, by_key.peer) == ("robot", "2001:db8::1")
    assert by_key.request == "ChangeDomain"


async def test_a_change_and_its_entry_are_made_together(desk, monkeypatch):
    def broken(*_):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("mailmax.datamax.audit.audit_units.add_entry", broken)
    with pytest.raises(Exception):  # noqa: B017, PT011 - of whatever kind
        await desk.ask(AddAlias("x@one.test", ANN))
    monkeypatch.undo()

    assert isinstance(await desk.ask(AddAlias("x@one.test", ANN)), Changed)


async def test_what_was_refused_is_noted_as_refused_and_once(desk):
    await desk.ask(AddUser(ANN, Secret("secret")))
    await desk.ask(AddBan("spam.test"))

    ban, user, *_ = await entries(desk)

    assert (user.request, user.result, user.subject) == ("AddUser", "denied", ANN)
    assert user.reason
    assert (ban.request, ban.result, ban.subject) == ("AddBan", "done", "spam.test")
    assert len(await entries(desk, request="AddBan")) == 1


async def test_no_secret_is_in_the_log(desk):
    await desk.ask(SetPassword(ANN, Secret("very-s3cret")))
    await desk.ask(SetSetting("smart_host_password", "very-s3cret"))
    await desk.ask(AddUser("x@one.test", Secret("very-s3cret")))

    rows = await entries(desk)

    assert len(rows) >= 3
    assert "very-s3cret" not in repr(rows)


async def test_the_log_is_filtered_and_paged(desk, hub):
    _, actor = await sign_in(hub)
    await hub.ask(OnBehalf(actor, AddAlias("100%@one.test", ANN)))
    await desk.ask(AddAlias("100x@one.test", ANN))
    await desk.ask(AddAlias("100x@one.test", ANN))

    assert len(await entries(desk, actor=ANN)) == 1
    assert len(await entries(desk, request="AddAlias")) == 3
    assert len(await entries(desk, subject="100%@")) == 1
    assert len(await entries(desk, subject="100x", result="denied")) == 1
    assert await entries(desk, until=time.time() - 60) == ()
    assert len(await entries(desk, since=time.time() - 60, request="AddAlias")) == 3
    first = await desk.ask(ListAudit(request="AddAlias", limit=2))
    rest = await desk.ask(ListAudit(request="AddAlias", limit=2, after=first.next))
    assert (len(first.rows), len(rest.rows), rest.next) == (2, 1, "")


async def test_old_entries_go(desk, any_house):
    await desk.ask(SetSetting("audit_days", "2"))
    web = any_house.hub._web.desk

    await web.clean(time.time() + DAY_S)
    assert await entries(desk)
    await web.clean(time.time() + 3 * DAY_S)

    assert await entries(desk) == ()


async def test_numbers_and_cursors_that_cannot_be_are_answered(desk, hub):
    _, actor = await sign_in(hub)
    for number in (-1, 2**63, 2**64 - 1):
        if number > 0:
            denied = await hub.ask(OnBehalf(Actor(number), ListDomains()))
            assert denied.field == "session"
        assert (await desk.ask(RemoveApiKey(number))).kind == "not_found"
        ended = await desk.ask(EndWebSessions(number))
        assert ended.kind == "not_found"
    for after in ("9" * 5_000, "٣", "-1", "x", str(2**64)):
        assert (await desk.ask(ListAudit(after, 0))).field == "cursor"
        await desk.ask(ListApiKeys(after=after, limit=-5))
    assert isinstance(await desk.ask(ListAudit(subject="a\0b", actor="\0")), AuditPage)
    kept = EndWebSessions(address=ANN, keep_session_id=2**64 - 1)
    assert isinstance(await hub.ask(OnBehalf(actor, kept)), Changed)


async def test_what_was_begun_is_noted_though_who_asked_has_left(desk, any_house):
    begun, may_end = asyncio.Event(), asyncio.Event()
    log = any_house.hub._web.log

    async def slow() -> Done:
        begun.set()
        await may_end.wait()
        return Done()

    who = Who("host_password", "host password", "here")
    asking = asyncio.create_task(log.keep(who, RunHousekeeping(), slow))
    await begun.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    may_end.set()

    await asyncio.gather(*log._tasks)
    assert (await newest(desk)).request == "RunHousekeeping"
    assert (await newest(desk)).result == "done"
