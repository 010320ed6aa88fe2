"""Making a node directory: everything that `setup` (and the demo) leaves behind.

Theory:
    Directories, secrets, certificate, database; mailmax.toml comes last, so a
    directory with one is complete, and one without can be set up again.

Rules:
    A directory that is set up already is not touched. Everything belongs to the user
    that the services become, and nobody else may look into it (TRUST L1).
"""

import os
import pwd
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from mailmax.base.errors import PermanentFailure
from mailmax.cli.answers import Answers
from mailmax.cli.certificate import make_certificate
from mailmax.cli.local_file import write_local
from mailmax.datamax.founding import Founding, found
from mailmax.hub.contract import Secret
from mailmax.hub.host_password import PasswordFile
from mailmax.policy.names import canonical_domain
from mailmax.settings.kinds import is_host_name
from mailmax.settings.local import (
    FILE_NAME,
    HubSettings,
    LocalFile,
    LocalSettings,
    resolve_local,
    standard_listeners,
)

_PASSWORD_OCTETS = 12


class AlreadySetUp(PermanentFailure):
    """There is a mailmax.toml."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """Passwords that nobody gave: shown once."""

    users: dict[str, str]


def set_up(root: Path, answers: Answers) -> tuple[LocalSettings, MadeUp]:
    """Make the node directory `root`; blocks.

    Args:
        root: The node directory D; made when missing.
        answers: Checked already.

    Raises:
        AlreadySetUp: It is one already.
        PermanentFailure: Something cannot be (database, directory, user).
        TemporaryFailure: The database does not answer.
    """
    if (root / FILE_NAME).exists():
        raise AlreadySetUp(f"{root} is set up already; remove it or name another")
    owner = _owner(answers.run_as)
    before = os.umask(0o077)
    try:
        return _make(root, answers, owner)
    except OSError as error:
        raise PermanentFailure(
            f"{error.filename or root} cannot be made: {error.strerror}"
        ) from error
    finally:
        os.umask(before)


def _make(
    root: Path, answers: Answers, owner: tuple[int, int] | None
) -> tuple[LocalSettings, MadeUp]:
    written = _local_file(answers)
    local = resolve_local(written, root)
    paths = local.paths
    for directory in (
        paths.root, paths.run, paths.journal, paths.mail, paths.queue, paths.etrn,
        paths.logs, paths.data, paths.tls, paths.secrets,
    ):  # fmt: skip
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = answers.host_password or secrets.token_urlsafe(_PASSWORD_OCTETS)
    PasswordFile(paths.host_password).save(password)
    domain = canonical_domain(answers.domain) or answers.domain
    hostname = answers.hostname or _own_name(domain)
    if not paths.certificate.exists():
        names = dict.fromkeys((hostname, domain, "localhost", "127.0.0.1", "::1"))
        make_certificate(tuple(names), paths.certificate, paths.private_key)
    users, made_up = _users(answers, domain)
    found(
        local.database_url,
        Founding(domain, _settings(answers, domain, hostname), users),
    )
    if owner is not None:
        _give_to(paths.root, owner)
    write_local(root / FILE_NAME, written)
    if owner is not None:
        os.chown(root / FILE_NAME, *owner)
    return local, made_up


def _local_file(answers: Answers) -> LocalFile:
    return LocalFile(
        node=answers.node or socket.gethostname(),
        ip=answers.ip,
        base_port=answers.base_port,
        trust_loopback=answers.trust_loopback,
        run_as=answers.run_as,
        database_url=answers.database_url,
        hub=HubSettings(listen=answers.hub_listen),
        listeners=standard_listeners(answers.ip, answers.base_port),
    )


def _settings(answers: Answers, domain: str, hostname: str) -> dict[str, str]:
    wanted = {"default_domain": domain, "hostname": hostname}
    if answers.name_servers:
        wanted["name_servers"] = ",".join(answers.name_servers)
    if answers.smart_host:
        wanted["smart_host"] = answers.smart_host
        wanted["smart_host_on"] = "on"
    return wanted


def _users(answers: Answers, domain: str) -> tuple[list[tuple[str, Secret]], MadeUp]:
    made_up: dict[str, str] = {}
    users: list[tuple[str, Secret]] = []
    for user in answers.users:
        address = user.name if "@" in user.name else f"{user.name}@{domain}"
        password = user.password
        if not password:
            password = made_up[address] = secrets.token_urlsafe(_PASSWORD_OCTETS)
        users.append((address, Secret(password)))
    return users, MadeUp(made_up)


def _own_name(domain: str) -> str:
    own = socket.getfqdn().lower()
    is_good = is_host_name(own) and "." in own and not own.startswith("localhost")
    return own if is_good else f"mail.{domain}"


def _owner(run_as: str) -> tuple[int, int] | None:
    if not run_as or os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(run_as)
    except KeyError:
        raise PermanentFailure(
            f"run_as: there is no user {run_as!r} on this computer; make one with: "
            f"useradd --system {run_as}"
        ) from None
    return entry.pw_uid, entry.pw_gid


def _give_to(root: Path, owner: tuple[int, int]) -> None:
    os.chown(root, *owner)
    for parent, directories, files in os.walk(root):
        for name in (*directories, *files):
            os.chown(Path(parent) / name, *owner, follow_symlinks=False)
