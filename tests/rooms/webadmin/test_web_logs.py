"""Log files by the REST API, answered by the service that owns them."""

import pytest

from fix_web import Web
from mailmax.hub.log_desk import LogDesk


@pytest.fixture
async def logs(web: Web, house, tmp_path):
    """Give the directory of log files of a service that has joined."""
    client = house.make_client("smtpmax")
    await client.start(10)
    LogDesk(client, "smtp", tmp_path)
    yield tmp_path
    await client.stop()


async def test_files_are_listed_the_newest_period_first(web: Web, logs):
    root = await web.signed_in("root@a.test")
    for day in ("01", "02", "03"):
        (logs / f"smtp-events-2026-01-{day}.log").write_text("a line\n")
    (logs / "smtp-content-2026-01-01.log").write_text("private mail\n")
    (logs / "notes.log").write_text("x\n")
    (logs / "smtp-events-9.log").symlink_to("/etc/passwd")

    first = (await root.ask("GET /logs/smtp?limit=2")).json
    second = (await root.ask(f"GET /logs/smtp?limit=2&cursor={first['next']}")).json

    names = [one["name"] for one in (*first["rows"], *second["rows"])]
    assert names == [f"smtp-events-2026-01-{day}.log" for day in ("03", "02", "01")]
    assert first["nodes"] == ["here"]


async def test_the_end_what_is_before_and_what_comes_are_read(web: Web, logs):
    root = await web.signed_in("root@a.test")
    path = logs / "smtp-events.log"
    path.write_text("".join(f"line {n}\n" for n in range(10)) + "half")
    way = "GET /logs/smtp/smtp-events.log"

    tail = (await root.ask(f"{way}?limit=3")).json
    before = (await root.ask(f"{way}?limit=2&place={tail['begin']}")).json
    with path.open("a") as file:
        file.write(" a line\nmore\n")
    behind = (await root.ask(f"{way}?direction=forward&place={tail['end']}")).json

    assert [one["text"] for one in tail["lines"]] == ["line 7", "line 8", "line 9"]
    assert [one["text"] for one in before["lines"]] == ["line 5", "line 6"]
    assert [one["text"] for one in behind["lines"]] == ["half a line", "more"]


async def test_words_are_found_in_whatever_case_over_the_whole_file(web: Web, logs):
    root = await web.signed_in("root@a.test")
    filler = "nothing to see here, move along please\n" * 200_000
    (logs / "smtp-events.log").write_text("the Needle\n" + filler + "a NEEDLE too\n")
    way = "GET /logs/smtp/smtp-events.log?q=needle"

    found, place, asked = [], -1, 0
    while place != 0:
        part = (await root.ask(f"{way}&place={place}")).json
        found = [one["text"] for one in part["lines"]] + found
        place, asked = part["begin"], asked + 1

    assert found == ["the Needle", "a NEEDLE too"]
    assert asked > 1


async def test_nothing_that_does_not_print_is_in_an_answer(web: Web, logs):
    """TRUST N1."""
    root = await web.signed_in("root@a.test")
    hostile = b"\x1b[2Jred\x07 \xff\xfe \xe2\x80\xae right to left \x00\n"
    (logs / "smtp-events.log").write_bytes(hostile)

    (line,) = (await root.ask("GET /logs/smtp/smtp-events.log")).json["lines"]

    assert line["text"].isprintable()
    assert "red" in line["text"]


@pytest.mark.parametrize(
    "name",
    [
        "smtp-content-2026-01-01.log", "notes.log", "smtp-events-1.log",
        "smtp-events-%2F..%2F..%2Fetc%2Fpasswd.log", "pop-events.log", "..",
    ],
)  # fmt: skip
async def test_no_other_file_is_read(web: Web, logs, name: str):
    """TRUST I: a name is no way to another place."""
    root = await web.signed_in("root@a.test")
    (logs / "smtp-content-2026-01-01.log").write_text("private\n")
    (logs / "notes.log").write_text("x\n")
    (logs / "smtp-events-1.log").symlink_to("/etc/passwd")

    told = await root.ask(f"GET /logs/smtp/{name}")

    assert told.status in {404, 503}
    assert b"private" not in told.octets
    assert b"root:" not in told.octets


async def test_a_service_that_there_is_not_and_one_that_is_away(web: Web, logs):
    root = await web.signed_in("root@a.test")

    assert (await root.ask("GET /logs/nonsense")).status == 404
    assert (await root.ask("GET /logs/imap")).status == 503
