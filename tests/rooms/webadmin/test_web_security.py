"""Administrators, sessions, keys, two-step sign-in and the audit log over HTTP."""

import time
from urllib.parse import quote

import pytest

from fix_web import PASSWORD, Browser, Web
from mailmax.datamax.web import totp


def code_of(secret: str) -> str:
    return totp.code_at(secret, int(time.time() // totp.STEP_S))


async def test_administrators_are_made_shown_and_unmade(web: Web):
    """USR-7, RAD-1."""
    root = await web.signed_in("root@a.test")
    tim = await web.signed_in("tim@a.test")

    rows = (await root.ask("GET /administrators")).json["rows"]
    bad = await root.change("PUT /administrators/tim@a.test", {"is_system": True})
    made = await root.change("PUT /administrators/tim@a.test", {"domains": ["b.test"]})
    shown = (await root.ask("GET /administrators/tim@a.test")).json
    ended = await tim.ask("GET /users/tim@a.test")
    again = await web.signed_in("tim@a.test")
    seen = (await again.ask("GET /domains")).json["rows"]
    unmade = await root.change("PUT /administrators/tim@a.test", {})

    assert {(row["address"], row["is_system"]) for row in rows} == {
        ("chief@a.test", False), ("root@a.test", True),
    }  # fmt: skip
    assert (bad.status, "every right" in bad.json["detail"]) == (409, True)
    assert (made.status, shown["domains"]) == (200, ["b.test"])
    assert ended.status == 401, "who gets other rights signs in anew"
    assert [row["name"] for row in seen] == ["b.test"]
    assert unmade.status == 200


async def test_sessions_are_ended_one_by_one_and_all_others(web: Web):
    """TRUST I8."""
    here = await web.signed_in("tim@a.test")
    there = await web.signed_in("tim@a.test")
    third = await web.signed_in("tim@a.test")

    rows = (await here.ask("GET /sessions")).json["rows"]
    [this] = [row for row in rows if row["is_this"]]
    assert len(rows) == 3
    newest = max(row["id"] for row in rows)
    assert (await here.ask(f"DELETE /sessions/{newest}")).status == 200
    assert (await third.ask("GET /keys")).status == 401
    assert (await there.ask("GET /keys")).status == 200
    assert (await here.ask("POST /sessions/end_others")).status == 200
    assert (await there.ask("GET /keys")).status == 401
    [left] = (await here.ask("GET /sessions")).json["rows"]
    assert left["id"] == this["id"]


async def test_a_key_is_shown_once_and_opens_its_scopes(web: Web):
    root = await web.signed_in("root@a.test")
    new = {"name": "backup", "scopes": ["domains:read", "keys:*"]}

    made = await root.ask("POST /keys", new)
    program = Browser(web.port, key=made.json["key"])
    [row] = (await root.ask("GET /keys")).json["rows"]

    assert made.status == 201
    assert made.json["key"] not in str(row)
    assert (row["owner"], row["scopes"]) == ("root@a.test", new["scopes"])
    assert (await program.ask("GET /domains")).status == 200
    assert (await program.ask("GET /users")).status == 403
    wider = {"name": "more", "scopes": ["users:write"]}
    assert (await program.ask("POST /keys", wider)).status == 403, "TRUST I3"
    assert (await root.ask(f"DELETE /keys/{row['id']}")).status == 200
    assert (await program.ask("GET /domains")).status == 401


async def test_two_steps_are_enrolled_asked_for_and_turned_off(web: Web):
    tim = await web.signed_in("tim@a.test")

    begun = (await tim.ask("POST /second_factor")).json
    wrong = await tim.ask("POST /second_factor/confirm", {"code": "000000"})
    code = code_of(begun["secret"])
    confirmed = await tim.ask("POST /second_factor/confirm", {"code": code})
    credentials = {"login": "tim@a.test", "password": PASSWORD}
    wanted = await web.browser().ask("POST /session", credentials)
    codes = confirmed.json["codes"]
    opened = await web.browser().ask("POST /session", credentials | {"code": codes[0]})
    session = (await tim.ask("GET /session")).json
    off = await tim.ask("POST /second_factor/end", {"code": codes[1]})

    assert begun["uri"].startswith("otpauth://totp/")
    assert (wrong.status, wrong.json["field"]) == (422, "code")
    assert (wanted.status, wanted.code) == (401, "second_factor")
    assert (opened.status, session["has_second_factor"]) == (201, True)
    assert off.status == 204
    assert (await web.browser().ask("POST /session", credentials)).status == 201


async def test_who_lost_the_authenticator_is_helped_by_who_may(web: Web):
    tim = await web.signed_in("tim@a.test")
    begun = (await tim.ask("POST /second_factor")).json
    code = code_of(begun["secret"])
    await tim.ask("POST /second_factor/confirm", {"code": code})
    chief = await web.signed_in("chief@a.test")

    refused = await chief.ask("DELETE /users/root@a.test/second_factor")
    helped = await chief.ask("DELETE /users/tim@a.test/second_factor")

    assert (refused.status, helped.status) == (403, 200)
    await web.signed_in("tim@a.test")


@pytest.mark.parametrize(
    ("way", "selection", "subject"),
    [
        ("queue", {"ids": ["12", "13.2"], "sender": "a.test"}, "12, 13.2 from:a.test"),
        ("dead-mail", {"everything": True}, "*"),
        ("quarantine", {"ids": ["abc"]}, "abc"),
    ],
)
async def test_the_audit_log_tells_which_mail_was_meant(
    web: Web, way, selection, subject
):
    root = await web.signed_in("root@a.test")
    meant = selection if way == "quarantine" else {"selection": selection}
    await root.ask(f"POST /{way}/deeds", {"deed": "delete", **meant})

    rows = (await root.ask(f"GET /audit?q={quote(subject)}")).json["rows"]

    assert [row["subject"] for row in rows] == [subject]


async def test_the_audit_log_tells_who_changed_what(web: Web):
    root = await web.signed_in("root@a.test")
    patch = {"settings": {"max_users": 7}}
    await root.change("PATCH /domains/a.test", patch)
    chief = await web.signed_in("chief@a.test")
    await chief.change("PATCH /domains/a.test", {"settings": {"catch_all": "no"}})

    async def found(query: str) -> list[dict]:
        return (await root.ask(f"GET /audit?{query}")).json["rows"]

    [row] = await found("filter[request]=ChangeDomain&filter[actor]=root@a.test")
    assert (row["subject"], row["result"], row["peer"]) == (
        "a.test",
        "done",
        "127.0.0.1",
    )
    assert "7" in str(row["after"])
    assert await found("q=never.test") == []
    assert await found("filter[since]=2999-01-01T00:00:00Z") == []
    denied = await found("filter[result]=denied")
    assert all(one["result"] == "denied" for one in denied)


async def test_a_user_sees_the_own_aliases(web: Web):
    root = await web.signed_in("root@a.test")
    await root.ask("POST /aliases", {"address": "t@a.test", "user": "tim@a.test"})
    tim = await web.signed_in("tim@a.test")

    told = await tim.ask("GET /users/tim@a.test/aliases")

    assert [row["address"] for row in told.json["rows"]] == ["t@a.test"]
    assert (await tim.ask("GET /users/bob@b.test/aliases")).status == 404


async def test_codes_are_not_guessed(web: Web):
    """TRUST G5: whoever tries too often is told so, and not that we cannot."""
    tim = await web.signed_in("tim@a.test")
    await tim.ask("POST /second_factor")

    told = await tim.ask("POST /second_factor/confirm", {"code": "000000"})
    tries = 1
    while told.status == 422 and tries < 40:
        told = await tim.ask("POST /second_factor/confirm", {"code": "000000"})
        tries += 1

    assert (told.status, told.json["detail"]) == (409, "too many wrong codes")
