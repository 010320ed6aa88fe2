"""The set-up in a browser: who gets in, what is refused where, what is there at last.

Manual: 1.4; TRUST I4.
"""

import contextlib
import os
import smtplib
import socket
import ssl
from pathlib import Path

import pytest

from fix_ports import free_base
from fix_setup import Guest, answers, is_free
from fix_suite import run_mailmax
from mailmax.cli.setup_mode.findings import own_addresses
from mailmax.settings.local import load_local

pytestmark = pytest.mark.system

API = "/api/v1"
OTHERS = [one for one in own_addresses() if ":" not in one]
"""Addresses of this computer that are not loopback."""
ALL_PATHS = (
    "GET /", "GET /admin/", "GET /admin/setup", "GET /admin/index.html",
    "GET /api/v1/session", "GET /api/v1/setup", "POST /api/v1/setup",
    "POST /api/v1/setup/check", "GET /metrics", "GET /admin/setup?token=",
)  # fmt: skip


def test_who_has_no_link_hears_where_it_is_and_nothing_else(serve_nothing):
    setting_up = serve_nothing()
    link = setting_up.link()
    guest = Guest(setting_up.port)

    for way in ALL_PATHS:
        heard = guest.ask(way, {} if way.startswith("POST") else None)
        assert (heard.status, heard.headers["content-type"]) == (
            403, "text/html; charset=utf-8"
        ), way  # fmt: skip
        assert b"mailmax serve" in heard.octets
        assert b"assets" not in heard.octets
        assert "set-cookie" not in heard.headers
        assert "script-src" not in heard.headers["content-security-policy"]
        assert "default-src 'self'" in heard.headers["content-security-policy"]
        assert heard.headers["x-frame-options"] == "DENY"

    stranger = guest.ask("GET /admin/setup", Host="evil.example")
    assert stranger.status == 421
    with pytest.raises(ConnectionRefusedError):  # on loopback, and there alone
        socket.create_connection((_elsewhere(), setting_up.port), 5)

    assert guest.follow(link).status == 200
    assert guest.ask(f"GET {API}/setup").json["root"] == str(setting_up.directory)
    assert not setting_up.directory.exists()
    assert setting_up.stop() == 0


def _elsewhere() -> str:
    """Return an address of this computer beside 127.0.0.1: all of 127/8 are."""
    return "127.0.0.2"


def test_a_link_works_once_and_the_next_one_takes_the_wizard_over(serve_nothing):
    setting_up = serve_nothing()
    link = setting_up.link()
    first, second = Guest(setting_up.port), Guest(setting_up.port)

    heard = first.follow(link)

    cookie = heard.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert heard.headers["cache-control"] == "no-store"
    assert second.follow(link).status == 403
    assert first.ask(f"GET {API}/setup").status == 200

    assert second.follow(setting_up.link()).status == 200

    assert first.ask(f"GET {API}/setup").status == 403
    assert second.ask(f"GET {API}/setup").status == 200


def test_changes_come_from_our_own_page(serve_nothing):
    guest = serve_nothing().guest()
    body = answers(0)

    forged = Guest(guest.port, guest.cookie).ask(f"POST {API}/setup/check", body)
    foreign = guest.ask(f"POST {API}/setup/check", body, Origin="http://evil.example")

    assert (forged.status, forged.json["code"]) == (403, "csrf")
    assert (foreign.status, foreign.json["code"]) == (403, "csrf")
    assert guest.ask(f"POST {API}/setup/check", body).status == 200


@pytest.mark.skipif(not OTHERS, reason="this computer has no address but loopback")
def test_beyond_loopback_it_speaks_tls_alone(serve_nothing):
    """Passwords never go over a network in the clear, and the name is looked at."""
    place = (OTHERS[0], free_base() + 80)
    setting_up = serve_nothing("--setup-listen", "{}:{}".format(*place))
    link = setting_up.link()
    assert link.startswith("https://{}:{}/admin/setup?token=".format(*place))
    shown = ssl.get_server_certificate(place, timeout=10)
    trusting = ssl.create_default_context(cadata=shown)
    host, port = place

    with socket.create_connection(place, 10) as clear:
        clear.sendall(b"GET /admin/setup HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b""
        with contextlib.suppress(ConnectionResetError):
            said = clear.recv(4096)  # an alert of TLS, if anything
    assert b"HTTP" not in said

    guest = Guest(port, host=host, tls=trusting)
    cookie = guest.follow(link).headers["set-cookie"]
    assert "Secure" in cookie
    assert guest.ask(f"GET {API}/setup").json["root"] == str(setting_up.directory)
    foreign = guest.ask(
        f"POST {API}/setup/check", answers(0), Origin=f"http://{host}:{port}"
    )
    ours = guest.ask(
        f"POST {API}/setup/check", answers(0), Origin=f"https://{host}:{port}"
    )
    assert (foreign.status, ours.status) == (403, 200)
    assert is_free(port)  # at loopback nobody answers
    assert setting_up.stop() == 0


def test_a_few_wrong_links_end_it(serve_nothing):
    setting_up = serve_nothing()
    setting_up.link()
    guest = Guest(setting_up.port)

    told = [guest.ask(f"GET /admin/setup?token=guess{n}").status for n in range(5)]

    assert told == [403] * 5
    assert setting_up.wait() == 5
    assert "too many wrong links" in _errors(setting_up)
    assert is_free(setting_up.port)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--setup-listen", "0.0.0.0:8080"), 78, "is no address and port"),
        (("--setup-listen", "*:8080"), 78, "is no address and port"),
        (("--setup-listen",), 2, ""),
    ],
)
def test_a_place_that_cannot_be_is_refused(serve_nothing, options, code, words):
    setting_up = serve_nothing(*options)

    assert setting_up.wait() == code
    assert words in _errors(setting_up)


def _errors(setting_up) -> str:
    """Return all that was said, when all of it has been read."""
    while setting_up.printed.get(timeout=10):
        pass
    while "" not in setting_up.errors:
        pass
    return "".join(setting_up.errors)


def test_a_directory_of_somebody_else_and_a_taken_port_are_told_at_once(serve_nothing):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        busy = serve_nothing("--setup-listen", where)
        assert busy.wait() == 4
    assert "another program has that port" in _errors(busy)

    busy.directory.mkdir()
    (busy.directory / "letter.txt").touch()
    strange = serve_nothing()
    assert strange.wait() == 78
    assert "letter.txt" in _errors(strange)


@pytest.mark.manual("1.4")
def test_what_is_wrong_is_told_at_its_field_then_a_system_is_founded(serve_nothing):
    setting_up = serve_nothing()
    root = setting_up.directory
    link = setting_up.link()
    base = free_base()  # its own port is taken by now
    guest = Guest(setting_up.port)
    guest.follow(link)

    bad = answers(
        base,
        domain="not a domain",
        ip="1.2.3",
        host_password="two words",
        hostname="-",
        directories={"mail": ""},
        users=[{"name": "a b"}, {"name": "ok", "password": "with space"}],
    )
    told = guest.ask(f"POST {API}/setup/check", bad).json
    assert {one["field"] for one in told["faults"]} == {
        "domain", "ip", "host_password", "hostname", "directories.mail",
        "users[0].name", "users[1].password",
    }  # fmt: skip
    assert all(one["reason"] and one["cure"] for one in told["faults"])
    assert guest.ask(f"POST {API}/setup", bad).json["field"] == "domain"
    assert guest.ask(f"POST {API}/setup", {"domian": "x"}).status == 422
    assert not root.exists()

    with socket.create_server(("127.0.0.1", base + 25)):
        told = guest.ask(f"POST {API}/setup/check", answers(base)).json
    assert (told["faults"], told["taken_ports"]) == ([], [base + 25])
    assert told["rooms"]["mail"]["path"] == str(root / "mail")
    assert told["rooms"]["mail"]["disk_octets"] > told["rooms"]["mail"]["free_octets"]

    elsewhere = f"postgresql://nobody@127.0.0.1:{base}/none?connect_timeout=2"
    refused = guest.ask(f"POST {API}/setup", answers(base, database_url=elsewhere))
    assert (refused.status, refused.json["field"]) == (422, "database_url")
    assert not (root / "mailmax.toml").exists()

    founded, ready = guest.ask(
        f"POST {API}/setup", answers(base, directories={"mail": "boxes"})
    ).lines
    assert founded["state"] == "founded"
    assert set(founded["passwords"]) == {"tim@wizard.test"}
    assert ready["address"].startswith(
        f"http://127.0.0.1:{base + 80}/admin/login#link="
    )
    local = load_local(root)
    assert local.paths.mail == root / "boxes"
    assert local.paths.host_password.read_text().strip() == "a-new-host-password"
    assert root.stat().st_mode & 0o007 == 0

    # What was founded runs, and the link of its own signs in.
    run_mailmax("status", "--dir", str(root), "--wait", "20")
    with smtplib.SMTP("127.0.0.1", base + 25, timeout=10) as smtp:
        assert smtp.ehlo()[0] == 250
        assert smtp.mail("a@b.example")[0] == 250
        assert smtp.rcpt("tim@wizard.test")[0] == 250
        assert smtp.rcpt("nobody@wizard.test")[0] == 550
    web = Guest(base + 80)
    token = ready["address"].rpartition("=")[2]
    signed = web.ask(f"POST {API}/session", {"link": token})
    assert (signed.status, signed.json["role"]) == (201, "system_administrator")

    # Nothing of the wizard is left, at either port, for whoever has an old cookie.
    assert is_free(setting_up.port)
    for way in (f"GET {API}/setup", f"POST {API}/setup", f"POST {API}/setup/check"):
        heard = Guest(base + 80, guest.cookie, guest.token).ask(way, answers(base))
        assert (heard.status, heard.json["code"]) == (404, "not_found")
    assert "needs_setup" not in web.ask(f"GET {API}/session").json
    again = web.follow(link.replace(str(setting_up.port), str(base + 80)))
    assert "set-cookie" not in again.headers
    assert setting_up.stop() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up rights")
def test_who_serves_the_wizard_has_no_rights(serve_nothing):
    setting_up = serve_nothing()
    setting_up.link()
    parent = setting_up.process.pid

    (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    status = Path(f"/proc/{child}/status").read_text()

    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000000" in status
