"""Log files by the REST API, answered by the service that owns them."""

from datetime import UTC, datetime

import pytest

from fix_web import Web
from mailmax.hub.log_desk import LogDesk
from mailmax.observe.records import encode_lost


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


@pytest.mark.parametrize("form", ["text", "json"])
async def test_a_log_is_read_from_a_time_on(web: Web, logs, form):
    """SCREENS 3.4: a click on a graph."""
    root = await web.signed_in("root@a.test")
    begin = 1_790_000_000
    written = [begin + 7 * n for n in range(3_000)]
    lines = [encode_lost(n, moment, "smtp", form) for n, moment in enumerate(written)]
    lines[10:10] = [b"what a disk left that was full\n"]
    path = logs / "smtp-events.log"
    path.write_bytes(b"".join(lines) + b"2026-09-21T")  # half a line
    way = "GET /logs/smtp/smtp-events.log?limit=2&direction=backward&since="

    async def first(since: float) -> tuple[list[str], dict]:
        moment = datetime.fromtimestamp(since, UTC).isoformat().replace("+00:00", "Z")
        part = (await root.ask(f"{way}{moment}")).json
        return [one["text"] for one in part["lines"]], part

    whole = [line.decode().rstrip("\n") for line in lines]
    for n in (0, 1, 9, 10, 11, 1_234, 2_998):
        here = lines.index(encode_lost(n, written[n], "smtp", form))
        for since in (written[n], written[n] - 0.5):
            assert (await first(since))[0][0] == whole[here - (n == 10)]
    assert (await first(begin - 99_999))[0] == whole[:2]
    texts, part = await first(written[1_000] - 3)
    before = await root.ask(
        f"GET /logs/smtp/smtp-events.log?limit=1&place={part['begin']}"
    )
    after = await root.ask(
        f"GET /logs/smtp/smtp-events.log?limit=1&direction=forward&place={part['end']}"
    )
    assert texts == whole[1_001:1_003]
    assert before.json["lines"][0]["text"] == whole[1_000]
    assert after.json["lines"][0]["text"] == whole[1_003]
    texts, part = await first(written[-1] + 1)
    assert texts == []
    assert part["end"] == part["begin"]


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
