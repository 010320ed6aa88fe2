"""HTTP itself: methods, headers, hosts, limits; nobody needs to sign in for it."""

import asyncio
import contextlib

import pytest

from fix_web import PASSWORD, Web
from mailmax.webadmin import guarded
from mailmax.webadmin.api import all_routes
from mailmax.webadmin.responding import CSP
from mailmax.webadmin.rest import exchange


async def raw(web: Web, octets: bytes) -> bytes:
    """Send octets; return what comes until the end.

    Who closes without having read all ends the connection by a reset, and the answer
    may be lost with it.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(octets)
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := await asyncio.wait_for(reader.read(65_536), 20):
            answer += piece
    writer.close()
    return answer


HEAD = b"Host: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "way", ["GET //admin/users", "GET //healthz/live", "GET /nothing", "PUT /session"]
)
async def test_every_answer_protects_our_pages(web: Web, way: str):
    told = await web.browser().ask(way)

    assert told.headers["content-security-policy"] == CSP
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in told.headers


@pytest.mark.parametrize(
    ("way", "status"),
    [
        ("GET //", 302),
        ("GET //robots.txt", 200),
        ("GET //healthz/live", 200),
        ("GET //healthz/ready", 200),
        ("GET //api/openapi.json", 200),
        ("GET //admin/any/page", 200),
        ("GET //admin/missing.js", 404),
        ("GET //admin/..%2f..%2fservice.py", 404),
        ("GET //etc/passwd", 404),
        ("GET //healthz/live%00", 400),
        ("POST //healthz/live", 405),
        ("POST //admin/", 405),
        ("TRACE //", 405),
        ("PATCH /session", 405),
        ("OPTIONS /session", 204),
        ("GET /session/", 404),
        ("GET /nothing", 404),
        ("GET /session?x=1", 400),
        ("GET /domains", 401),
    ],
)
async def test_paths_and_methods_are_answered_rightly(web: Web, way: str, status: int):
    told = await web.browser().ask(way)

    assert told.status == status
    if status in {204, 405}:
        assert "OPTIONS" in told.headers["allow"]


async def test_a_head_is_a_get_without_its_body(web: Web):
    got = await web.browser().ask("GET /session")
    head = await web.browser().ask("HEAD /session")

    assert head.octets == b""
    assert head.headers["content-length"] == str(len(got.octets))
    assert head.headers["etag"] == got.headers["etag"]


async def test_what_is_known_already_is_not_sent_again(web: Web):
    got = await web.browser().ask("GET /session")
    again = await web.browser().ask(
        "GET /session", headers={"If-None-Match": got.headers["etag"]}
    )

    assert again.status == 304
    assert again.octets == b""


PACKED = {"Accept-Encoding": "gzip, deflate, br, zstd"}


async def test_pages_are_compressed_and_what_may_hold_a_secret_never(web: Web):
    """BREACH: the length of an answer tells nothing of what is in it."""
    root = await web.signed_in("root@a.test")
    ways = [f"GET {one.path}" for one in all_routes().all if not one.changes]
    plain = [way for way in ways if "{" not in way and way != "GET /events"]

    for way in (*plain, "GET //metrics", "GET //api/openapi.json", "GET /nothing"):
        told = await root.ask(way, headers=PACKED)
        assert "content-encoding" not in told.headers, way
    body = {"login": "root@a.test", "password": PASSWORD}
    told = await root.ask("POST /session", body, PACKED)
    assert (told.status, "content-encoding" in told.headers) == (201, False)
    page = await root.ask("GET //admin/", headers=PACKED)
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("host", ["evil.test", "mail.a.test.evil", "127.0.0.1@evil"])
async def test_another_host_is_not_answered(web: Web, host: str):
    """TRUST I9."""
    told = await web.browser().ask("GET /session", headers={"Host": host})

    assert told.status == 421
    assert told.code == "host"


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n" + HEAD
        + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST /api/v1/session HTTP/1.1\r\n" + HEAD
        + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\n" + HEAD
        + b"Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Host: evil\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET  / HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 100_000 + HEAD + b"\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    ],
)  # fmt: skip
async def test_what_is_ambiguous_or_too_much_is_refused(web: Web, octets: bytes):
    """TRUST I10: nothing behind such a request is taken for one of its own."""
    answer = await raw(web, octets)

    if answer or len(octets) < 65_536:
        assert answer.split(b" ", 2)[1][:1] == b"4", answer[:200]
        assert answer.count(b"HTTP/1.1 ") == 1


async def test_a_gigabyte_is_refused_before_it_comes(web: Web):
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
    answer = await raw(
        web,
        head + b"Content-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n{",
    )

    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_head_that_drips_ends(web: Web, monkeypatch: pytest.MonkeyPatch):
    """TRUST M1: however slowly it goes on."""
    monkeypatch.setattr(guarded, "HEAD_S", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(b"GET / HTTP/1.1\r\n")

    async def drip() -> None:
        while True:
            writer.write(b"a: b\r\n")
            await asyncio.sleep(0.05)

    dripping = asyncio.ensure_future(drip())
    ended = b""
    with contextlib.suppress(ConnectionResetError):  # it was closed with drops unread
        ended = await asyncio.wait_for(reader.read(), 10)
    dripping.cancel()
    writer.close()

    assert ended == b""


async def test_a_body_that_drips_ends(web: Web, monkeypatch: pytest.MonkeyPatch):
    """TRUST I10: a time for all of it, however slowly it goes on."""
    monkeypatch.setattr(exchange, "BODY_S", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
    writer.write(
        b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )

    async def drip() -> None:
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.05)

    dripping = asyncio.ensure_future(drip())
    with contextlib.suppress(ConnectionResetError):
        ended = await asyncio.wait_for(reader.readuntil(b"}"), 10)
    dripping.cancel()
    writer.close()

    assert ended.startswith(b"HTTP/1.1 408 ")
    assert b'"too_slow"' in ended


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 100_000, "too_deep"),
        (b'{"login":%s}' % (b"9" * 400), "large_number"),
        (b'{"login":9223372036854775808}', "large_number"),
        (b'{"login":-9223372036854775809}', "large_number"),
        (b'{"login":-9223372036854775808}', "bad_value"),
        (b'{"login":"a","login":"b"}', "key_twice"),
        (b'{"login":1}', "bad_value"),
        (b'{"logins":"a"}', "bad_value"),
        (b"x", "no_json"),
    ],
)
async def test_a_bad_body_is_told_what_is_wrong(web: Web, body: bytes, code: str):
    told = await web.browser().ask("POST /session", body)

    assert 400 <= told.status < 500
    assert told.headers["content-type"] == "application/problem+json"
    assert told.code == code


async def test_a_form_is_not_taken(web: Web):
    """TRUST I7: other sites can send forms and plain text, and nothing else."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        told = await web.browser().ask(
            "POST /session", b"{}", headers={"Content-Type": kind}
        )

        assert told.status == 415


async def test_programs_of_this_computer_read_the_metrics(web: Web):
    told = await web.browser().ask("GET //metrics")

    assert told.status == 200
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = told.octets.decode().splitlines()
    assert "mailmax_up 1" in lines
    assert "mailmax_domains 2" in lines
    assert any(
        line.startswith('mailmax_service_ready{role="webadmin"') for line in lines
    )


async def test_who_comes_through_a_proxy_needs_a_key_for_the_metrics(web: Web):
    told = await web.browser().ask("GET //metrics", headers={"X-Forwarded-For": "::1"})

    assert told.status == 401
