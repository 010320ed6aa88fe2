"""What there is to see of this computer, for the checks (`policy.checks.node`).

Rules:
    Changes nothing. What runs as root looks before any thread is started: to see what
    the services' user may do, it forks. A service is that user, and need not.
    The name service may be dead: then the name is not known, and all else is judged.
"""

import socket
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cryptography import x509

from mailmax.bootstrap import certificate
from mailmax.bootstrap.directories import directories_of, troubles
from mailmax.hub.contract.checks import FindingView
from mailmax.net.hand import Hand, Unanswered
from mailmax.policy.checks import node
from mailmax.policy.checks.finding import find_all
from mailmax.policy.checks.node import CertificateFact, NodeFacts
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.local import FILE_NAME, LocalSettings

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_NAMES: Final = Hand("the name service", 0.3)
"""Less than `hub.local_look` waits for the whole judgement."""


def look(local: LocalSettings) -> NodeFacts:
    """Look at directories, files and the certificate.

    Where no service ever ran (the directory of an administrator who is elsewhere)
    there are only the two files.
    """
    if local.hub_address.startswith("tls:") and not local.paths.run.exists():
        return NodeFacts(time.time(), troubles=tuple(_file_troubles(local)))
    return NodeFacts(
        time.time(),
        certificate=_certificate(local),
        directories={
            name: str(path) for name, path in directories_of(local.paths).items()
        },
        troubles=(*troubles(local), *_file_troubles(local)),
    )


def findings(facts: NodeFacts, hostname: str) -> Iterator[FindingView]:
    """Judge this computer.

    Args:
        facts: What was seen.
        hostname: What services greet with; empty: it is not known.
    """
    for name, one in find_all(node.CHECKS, facts.greeting(hostname)):
        yield FindingView(name, one.kind, one.field, one.reason, one.cure)


def judge(local: LocalSettings, hostname: str) -> Sequence[FindingView]:
    """Look and judge, as a service does; blocks.

    Args:
        local: What it was started with.
        hostname: The setting; empty: what the computer is called.
    """
    return tuple(findings(look(local), hostname or _own_name()))


def _own_name() -> str:
    """Return what the name service calls this computer; empty: it does not say."""
    try:
        return _NAMES.do(socket.getfqdn)
    except (Unanswered, OSError, UnicodeError):
        return ""


def _file_troubles(local: LocalSettings) -> Iterator[BadValue]:
    file = local.paths.root / FILE_NAME
    mode = file.stat().st_mode
    if mode & _OTHERS_WRITE:
        reason = f"others than its owner may write {file}"
        yield BadValue(FILE_NAME, reason, f"chmod go-w {file}")
    url = local.database_url
    has_password = ":" in url.partition("://")[2].rpartition("@")[0]
    if has_password and mode & stat.S_IROTH:
        reason = f"everybody may read {file}, and the database's password is in it"
        yield BadValue("database_url", reason, f"chmod o-r {file}")
    if _is_open(local.paths.private_key):
        reason = f"others may read {local.paths.private_key}"
        yield BadValue("certificate", reason, f"chmod 600 {local.paths.private_key}")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:  # a missing one is the certificate's trouble
        return False


def _certificate(local: LocalSettings) -> CertificateFact | BadValue:
    path = local.paths.certificate
    try:
        certificate.context_of(local.paths)
        found = x509.load_pem_x509_certificate(path.read_bytes())
        names = _names_of(found)
    except BadSettings as bad:
        return bad.bad
    except (
        OSError,
        ValueError,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        return BadValue("certificate", f"{path}: {error}", "give a PEM chain")
    return CertificateFact(str(path), found.not_valid_after_utc.timestamp(), names)


def _names_of(found: x509.Certificate) -> tuple[str, ...]:
    """Return host names and addresses that a certificate is for.

    Raises:
        ValueError: They cannot be read, as other kinds of names beside them; so do
            `x509.DuplicateExtension` and `x509.UnsupportedGeneralNameType`.
    """
    try:
        names = found.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except x509.ExtensionNotFound:
        return ()
    hosts = names.get_values_for_type(x509.DNSName)
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return (*hosts, *addresses)
