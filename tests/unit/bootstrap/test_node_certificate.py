"""A certificate that cannot be used is named, with the cure."""

import socket
import ssl
import threading
from pathlib import Path

import pytest

from mailmax.bootstrap.node import Node
from mailmax.bootstrap.this_computer import judge, look
from mailmax.cli.certificate import make_certificate
from mailmax.hub.local_look import LocalLook
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import FILE_NAME, LocalFile, resolve_local


@pytest.fixture
def node(tmp_path: Path) -> Node:
    (tmp_path / "tls").mkdir()
    return Node(resolve_local(LocalFile(), tmp_path), {})


def test_a_missing_certificate_is_named(node: Node):
    paths = node.local.paths

    with pytest.raises(BadSettings, match="certificate") as refused:
        node.tls()
    assert str(paths.certificate) in refused.value.bad.reason
    assert "No such file" in refused.value.bad.reason

    make_certificate(("mail.test",), paths.certificate, paths.private_key)
    paths.certificate.unlink()
    with pytest.raises(BadSettings, match="certificate"):
        node.tls()


def test_a_certificate_with_its_key_is_used(node: Node):
    paths = node.local.paths
    make_certificate(("mail.test",), paths.certificate, paths.private_key)

    assert node.tls() is not None


def test_a_key_that_is_missing_or_not_its_own_is_named(node: Node, tmp_path: Path):
    paths = node.local.paths
    make_certificate(("mail.test",), paths.certificate, paths.private_key)

    for spoil in (
        lambda: make_certificate(("x.test",), tmp_path / "x", paths.private_key),
        lambda: paths.private_key.write_text("no key"),
        paths.private_key.unlink,
    ):
        spoil()
        with pytest.raises(BadSettings, match="key") as refused:
            node.tls()
        assert refused.value.bad.field == "certificate"
        assert str(paths.private_key) in refused.value.bad.reason


@pytest.mark.parametrize(
    "name",
    [b"\xa3\x04\x30\x02\x05\x00", b"\x82\x04\xff\xff\xff\xff"],
    ids=["an X.400 address", "no ASCII"],
)
def test_names_that_cannot_be_read_are_a_finding(node: Node, name: bytes):
    """OpenSSL serves with such a certificate; to look at it failed."""
    paths = node.local.paths
    (paths.root / FILE_NAME).touch()
    make_certificate(("127.0.0.1",), paths.certificate, paths.private_key)
    octets = ssl.PEM_cert_to_DER_cert(paths.certificate.read_text())
    spoiled = octets.replace(b"\x87\x04\x7f\x00\x00\x01", name)
    paths.certificate.write_text(ssl.DER_cert_to_PEM_cert(spoiled))

    found = look(node.local).certificate

    assert spoiled != octets
    assert node.tls() is not None
    assert isinstance(found, BadValue)
    assert str(paths.certificate) in found.reason


def test_a_dead_name_service_hides_no_finding(
    node: Node, monkeypatch: pytest.MonkeyPatch
):
    (node.local.paths.root / FILE_NAME).touch()
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getfqdn", is_over.wait)

    try:
        found = LocalLook(node.local, lambda: judge(node.local, "")).look().findings
    finally:
        is_over.set()

    assert "certificate" in [one.check for one in found]
