"""Local settings: what is read, and how a bad value is named."""

from pathlib import Path

import pytest

from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.host_port import split_host_port
from mailmax.settings.local import LocalFile, load_local, parse_local, resolve_local

GOOD = b"""
node = "mx1"
trust_loopback = true
[directories]
mail = "/srv/mail"
"""


def test_relative_paths_lie_below_the_node_directory(tmp_path):
    (tmp_path / "mailmax.toml").write_bytes(GOOD)

    local = load_local(tmp_path)

    assert Path("/srv/mail") == local.paths.mail
    assert tmp_path / "journal" == local.paths.journal
    assert f"unix:{tmp_path}/run/datamax.sock" == local.hub_address
    assert f"sqlite:///{tmp_path}/data/mailmax.db" == local.database_url
    assert tmp_path / "run/lmtp.sock" == local.paths.lmtp_socket
    assert local.trust_loopback


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b"nodes = 1", "nodes"),
        (b"[directories]\nmial = '/srv'", "directories.mial"),
        (b"[directories]\nqueue = ''", "directories.queue"),
        (b"base_port = 'x'", "base_port"),
        (b"base_port = 65000", "base_port"),
        (b"base_port = -1", "base_port"),
        (b"[hub]\naddress = 'http://x'", "hub.address"),
        (b"[hub]\naddress = 'tls:x'", "hub.address"),
        (b"[hub]\nlisten = 'x'", "hub.listen"),
        (b"[programs]\nread = ['usr']", "programs.read"),
        (b"[programs]\nread = ['/usr/../etc']", "programs.read"),
        (b"[directories]\nmail = ''", "directories.mail"),
        (b"= 3", "mailmax.toml"),
        (b"\xff", "mailmax.toml"),
    ],
)
def test_a_bad_value_is_named_with_reason_and_cure(text, field):
    bad = parse_local(text)

    assert isinstance(bad, BadValue)
    assert field == bad.field
    assert bad.reason
    assert bad.cure


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (b"nodes = 1", "did you mean node?"),
        (b"trust_lopback = true", "did you mean trust_loopback?"),
        (b"[directories]\nmial = '/srv'", "did you mean mail?"),
    ],
)
def test_a_misspelt_key_is_told_the_one_that_was_meant(text, meant):
    bad = parse_local(text)

    assert isinstance(bad, BadValue)
    assert bad.cure.startswith(meant)


def test_a_directory_without_a_file_says_how_to_make_one(tmp_path):
    with pytest.raises(BadSettings, match=r"mailmax setup --dir"):
        load_local(tmp_path)


def test_what_is_written_can_be_read_again(tmp_path):
    parsed = parse_local(GOOD)
    assert not isinstance(parsed, BadValue)

    local = resolve_local(parsed, tmp_path)

    assert tmp_path / "secrets/host-password" == local.paths.host_password


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:1", ("a", 1)),
        ("[::1]:25", ("::1", 25)),
        ("::1:25", None),
        ("a:0", None),
        ("a:65536", None),
        ("a:99999999999", None),
        ("a:٣", None),
        (":5", None),
        ("a", None),
    ],
)
def test_host_and_port_are_told_apart(text, expected):
    assert expected == split_host_port(text)


def test_the_logs_of_a_service_lie_with_the_others_unless_it_says_where(tmp_path):
    """LOC-1: one directory, or each its own; names of files are unique."""
    together = resolve_local(LocalFile(), tmp_path).paths
    parsed = parse_local(b'[directories]\nlogs = "l"\nlogs_smtp = "/disk/smtp"\n')
    apart = resolve_local(parsed, tmp_path).paths

    assert {together.logs_of(name) for name in ("smtp", "queue", "pop", "imap")} == {
        together.logs
    }
    assert apart.logs_of("smtp") == Path("/disk/smtp")
    assert apart.logs_of("imap") == apart.logs == tmp_path / "l"
