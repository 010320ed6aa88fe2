"""Looking at the queue as an operator does: list, count, show, over a real hub."""

import asyncio
import io
import json

import pytest

from mailmax.base.envelope import Client, Wishes
from mailmax.base.pieces import PIECE_OCTETS
from waiting import until

CAUSE = "127.0.0.1[127.0.0.1]:2526: no connection (Connection refused)"


def rows(out: str) -> list[list[str]]:
    return [line.split("\t") for line in out.splitlines()]


async def test_the_list_is_narrowed_by_what_is_said(clerk):
    await clerk.put_off("a@x.test", "b@y.test")
    await clerk.put_off("c@x.test", sender="you@there.test")

    async def listed(*words: str) -> list[str]:
        code, out, err = await clerk.type("list", *words)
        assert code == 0, err
        return [f"{row[0]} {row[3]}" for row in rows(out)]

    assert await listed() == ["1.1 a@x.test", "1.2 b@y.test", "2.1 c@x.test"]
    assert await listed("--destination", "x.test") == ["1.1 a@x.test", "2.1 c@x.test"]
    assert await listed("--sender", "there.test") == ["2.1 c@x.test"]
    assert await listed("--recipient", "B@Y.test") == ["1.2 b@y.test"]
    assert await listed("1.2", "2") == ["1.2 b@y.test", "2.1 c@x.test"]
    assert await listed("1", "--destination", "x.test") == ["1.1 a@x.test"]
    assert await listed("--state", "soft") == []
    assert await listed("--older-than", "1h") == []
    clerk.office.clock.ahead_s = 7200
    assert len(await listed("--older-than", "1h", "--state", "retry")) == 3


async def test_the_list_says_why_and_when(clerk):
    await clerk.put_off("a@x.test")

    _, out, _ = await clerk.type("list")
    _, told, _ = await clerk.type("list", "--json")

    [[number, since, sender, to, state, tries, next_try, reply]] = rows(out)
    assert (number, sender, to) == ("1.1", "me@here.test", "a@x.test")
    assert (state, tries, reply) == ("retry", "1", CAUSE)
    assert since < next_try
    shown = json.loads(told)
    assert shown["total"] == 1
    assert (shown["rows"][0]["entry_id"], shown["rows"][0]["place"]) == ("1", 1)


async def test_what_waits_is_counted(clerk):
    await clerk.put_off("a@x.test", "b@y.test", content=b"x" * 5000)
    await clerk.put_off("c@x.test")

    code, out, err = await clerk.type("count", "--top", "1")
    _, told, _ = await clerk.type("count", "--json", "--destination", "y.test")

    assert code == 0
    states, whole, destination = rows(out)
    assert states == ["retry", "2", "3", states[3]]
    assert whole == ["all", "2", "3", states[3]]
    assert destination[:3] == ["x.test", "2", "2"]
    assert destination[-1] == CAUSE
    assert err == "mailmax: there is 1 more destination, with --top 2\n"
    _, _, err = await clerk.type("count", "--top", "0")
    assert err.endswith("mailmax: there are 2 more destinations, with --top 2\n")
    counts = json.loads(told)
    assert counts["total"]["messages"] == 1
    assert [one["domain"] for one in counts["destinations"]] == ["y.test"]


async def test_an_empty_queue_says_so(clerk):
    assert await clerk.type("count") == (0, "", "there is nothing in this list\n")


async def test_a_destination_that_is_tried_tells_its_connections(clerk, remote):
    server = await remote(lambda verb, _: "450 not now" if verb == "." else None)
    await clerk.smart_host(server)
    await clerk.put_off("a@x.test")

    _, told, _ = await clerk.type("count", "--json")

    [found] = json.loads(told)["destinations"]
    assert found["last_reply"] == "450 not now"
    assert found["host"].startswith("127.0.0.1")


async def test_one_message_is_shown_with_its_envelope_and_why_each_recipient_waits(
    clerk,
):
    await clerk.put_off(
        "a@x.test",
        "b@y.test",
        sender="",
        client=Client("192.0.2.7", "mail.there.test", "ESMTPS", 7),
        wishes=Wishes("id-7", "HDRS", 0, 4_000_000_000_000, "N", 3, True),
    )

    code, out, _ = await clerk.type("show", "1")
    _, told, _ = await clerk.type("show", "1.2", "--json")

    assert code == 0
    lines = dict(line.split(": ", 1) for line in out.splitlines() if "\t" not in line)
    assert lines["from"] == "<>"
    assert lines["handed in by"] == "192.0.2.7 mail.there.test ESMTPS user 7"
    assert (lines["envelope id"], lines["reports bring back"]) == ("id-7", "HDRS")
    assert lines["to be there until"].startswith("2096-")
    assert (lines["priority"], lines["requires TLS"]) == ("3", "yes")
    shown = [line.split("\t") for line in out.splitlines() if "\t" in line]
    assert [(row[0], row[1], row[2], row[-1]) for row in shown] == [
        ("1.1", "a@x.test", "retry", CAUSE),
        ("1.2", "b@y.test", "retry", CAUSE),
    ]
    view = json.loads(told)
    assert view["wishes"]["envelope_id"] == "id-7"
    assert [row["status"] for row in view["rows"]] == ["4.4.1", "4.4.1"]


HEADER = b"Subject: hello\r\nX-Long: " + b"x" * PIECE_OCTETS + b"\r\n\r\n"
BODY = b"world \x1b[2J\xff\n\nmore\r\n" + b"y" * (PIECE_OCTETS + 7)


async def test_a_long_message_is_read_in_pieces_as_it_is_sent(clerk):
    await clerk.put_off("a@x.test", content=HEADER + BODY)

    header, body, raw = await asyncio.gather(
        *(clerk.run("show", "1", option) for option in ("--header", "--body", "--raw"))
    )

    assert header == HEADER
    assert body == BODY
    assert raw == HEADER + BODY


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("list", "x"), 2, "ids: that is no entry; give ENTRY or ENTRY.N"),
        (
            ("list", "--state", "gone"),
            2,
            "state: there is no state 'gone'; give fresh,",
        ),
        (("list", "--older-than", "soon"), 2, "older-than: 'soon' is no time"),
        (("list", "--destination", "a@b.test"), 2, "destination: 'a@b.test' means"),
        (("count", "--sender", "a b"), 2, "sender: 'a b' means nobody"),
        (("list", "9", "9.1"), 3, "ids: nothing in the queue is meant by 9, 9.1"),
        (("list", "9", "--json"), 3, "nothing in the queue is meant by 9"),
        (("count", "9"), 3, "ids: nothing in the queue is meant by 9"),
        (("dead", "list", "9"), 3, "ids: nothing in the dead mail is meant by 9"),
        (("show", "9"), 3, "entry_id: 9 is not in the queue; see: mailmax queue list"),
        (("show", "x"), 2, "entry_id: that is no entry"),
        (("show", "9", "--raw"), 3, "entry_id: 9 is not in the queue"),
        (("show", "9", "--raw", "--body"), 2, "header, body and raw: give one"),
    ],
)
async def test_what_means_nothing_is_said_with_the_cure(clerk, words, code, said):
    got, out, err = await clerk.type(*words)

    assert (got, out) == (code, "")
    assert said in err


async def test_a_message_that_was_delivered_meanwhile_is_not_shown(clerk, remote):
    await clerk.put_off("a@x.test")
    await clerk.smart_host(await remote())
    await clerk.office.service.checkpoint()
    await clerk.office.service.steering.retry(clerk.chosen("a@x.test"))
    await until(lambda: not clerk.office.targets())

    code, _, err = await clerk.type("show", "1")

    assert (code, "1 is not in the queue" in err) == (3, True)


# Acting


@pytest.fixture
async def waiting(clerk):
    """Give a clerk with two messages in the queue."""
    await clerk.put_off("a@x.test", "b@y.test")
    await clerk.put_off("c@x.test")
    return clerk


async def states(clerk) -> dict[str, str]:
    _, out, _ = await clerk.type("list")
    return {row[3]: row[4] for row in rows(out)}


async def test_a_customers_mail_is_held_and_released(waiting, remote):
    server = await remote()

    code, out, _ = await waiting.type("hold", "--destination", "x.test")
    assert (code, out) == (0, "2 recipients of 2 messages are held\n")
    assert await states(waiting) == {
        "a@x.test": "held",
        "b@y.test": "retry",
        "c@x.test": "held",
    }

    await waiting.smart_host(server)
    assert await waiting.type("release", "2") == (
        0,
        "1 recipient of 1 message is released\n",
        "",
    )
    await until(lambda: [x.recipients for x in server.taken] == [["c@x.test"]])


async def test_mail_is_tried_now_by_id_and_all_of_it_by_a_flush(waiting, remote):
    server = await remote()
    await waiting.smart_host(server)

    assert (await waiting.type("retry", "1.2"))[1] == (
        "1 recipient of 1 message is tried now\n"
    )
    await until(lambda: [x.recipients for x in server.taken] == [["b@y.test"]])
    assert (await waiting.type("flush", "--all"))[1] == (
        "2 recipients of 2 messages are tried soon\n"
    )
    await until(lambda: len(server.taken) == 3)


async def test_mail_is_thrown_away_after_a_yes(waiting, monkeypatch):
    words = ("delete", "--sender", "here.test")

    code, out, err = await waiting.type(*words)
    assert (code, out) == (5, "")
    assert err == (
        "mailmax: yes: 3 recipients of 2 messages: to be thrown away; "
        "that cannot be undone; say --yes\n"
    )
    dry = await waiting.type(*words, "--dry-run")
    assert dry == (0, "3 recipients of 2 messages would be thrown away\n", "")
    assert len(await states(waiting)) == 3

    code, out, err = await waiting.type(*words, "--yes")
    assert (code, out) == (0, "3 recipients of 2 messages are thrown away\n")
    assert await states(waiting) == {}
    assert not waiting.office.reported()


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 5), ("no\n", 5)])
async def test_at_a_terminal_it_is_asked(waiting, monkeypatch, answer, code):
    typed = io.StringIO(answer)
    typed.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", typed)

    got, out, _ = await waiting.type("delete", "2")

    assert got == code
    assert out.startswith("1 recipient of 1 message: to be thrown away; that cannot")
    assert ("c@x.test" in await states(waiting)) == (code != 0)


async def test_mail_is_returned_with_a_report_of_the_administrator(waiting):
    code, out, _ = await waiting.type("delete", "2", "--return", "--yes")

    assert (code, out) == (0, "1 recipient of 1 message is returned to the sender\n")
    await until(waiting.office.reported)
    [(_, content)] = waiting.office.reported()
    assert b"given up by the administrator" in content


async def test_mail_goes_to_another_address_or_at_another_time(waiting, remote):
    code, out, _ = await waiting.type("edit", "1.1", "--at", "5h")
    assert (code, out) == (0, "1 recipient of 1 message is tried at 5h\n")

    server = await remote()
    await waiting.smart_host(server)
    code, out, _ = await waiting.type("edit", "2", "--to", "d@other.test")
    assert (code, out) == (0, "1 recipient of 1 message is sent to d@other.test\n")
    await until(lambda: [x.recipients for x in server.taken] == [["d@other.test"]])


async def test_ids_that_are_not_here_are_named(waiting):
    code, out, err = await waiting.type("hold", "2", "77")
    _, told, _ = await waiting.type("release", "2", "77", "--json")

    assert (code, out) == (3, "1 recipient of 1 message is held\n")
    assert err == "mailmax: not here (any more): 77\n"
    assert json.loads(told) == {
        "messages": 1,
        "recipients": 1,
        "later": 0,
        "missing": ["77"],
        "next": "",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("retry",), "selection: it means nobody; name entries, or say --all"),
        (("delete", "1", "--all", "--yes"), "all: it says all and something besides"),
        (("edit", "1"), "recipient: nothing is to change; give an address, or else"),
        (
            ("edit", "1", "--to", "a@b.test", "--at", "5h"),
            "recipient: an address and a time cannot change at once; give one",
        ),
        (("edit", "1", "--to", "nobody"), "recipient: 'nobody' is no mail address"),
        (("edit", "1", "--at", "soon"), "at: 'soon' is no time"),
        (("dead", "delete", "--yes"), "selection: it means nobody"),
    ],
)
async def test_an_order_that_means_nothing_is_refused(waiting, words, said):
    code, out, err = await waiting.type(*words)

    assert (code, out) == (2, "")
    assert said in err


async def test_dead_mail_is_brought_back(clerk, remote):
    server = await remote(lambda verb, _: server.reply if verb == "RCPT" else None)
    server.reply = "550 5.1.1 nobody here"
    await clerk.smart_host(server)
    clerk.office.post("a@x.test", content=b"Subject: dead\r\n\r\nbody\r\n")
    clerk.office.post("b@x.test")
    await until(lambda: len(clerk.office.service.dead_mail.entries) == 2)

    _, out, _ = await clerk.type("dead", "list", "--recipient", "a@x.test")
    [[number, _, sender, to, tries, host, reply]] = rows(out)
    assert (number, sender, to, tries) == ("1.1", "me@here.test", "a@x.test", "1")
    assert (host, reply) == ("127.0.0.1", "550 5.1.1 nobody here")
    _, out, _ = await clerk.type("dead", "show", "1")
    assert "from: me@here.test\n" in out
    assert "1.1\ta@x.test\tfailed\t1\t" in out
    assert await clerk.run("dead", "show", "1", "--body") == b"body\r\n"

    server.reply = "250 ok"
    code, out, _ = await clerk.type("dead", "resend", "1")
    assert (code, out) == (0, "1 recipient of 1 message is in the queue\n")
    await until(lambda: [x.recipients for x in server.taken] == [["a@x.test"]])
    code, out, _ = await clerk.type("dead", "delete", "--all", "--yes")
    assert (code, out) == (0, "1 recipient of 1 message is thrown away\n")
    code, out, err = await clerk.type("dead", "list")
    assert (code, out, err) == (0, "", "there is nothing in this list\n")
