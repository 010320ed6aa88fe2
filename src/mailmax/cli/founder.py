"""Making a node directory: everything that `setup` (and the demo) leaves behind.

Theory:
    Directories, secrets, certificate, database; mailmax.toml comes last, so a
    directory with one is complete, and one without can be set up again.

Rules:
    A directory that is set up already is not touched, nor one that holds anything of
    somebody else; mode and owner of what was there before stay. What the services
    write belongs to the user that they become, and nobody else may look into it (TRUST
    L1); what root reads they cannot change.
"""

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mailmax.base.errors import PermanentFailure
from mailmax.bootstrap.directories import directories_of, prepare
from mailmax.cli import service_user
from mailmax.cli.answers import Answers, UserAnswer
from mailmax.cli.certificate import make_certificate
from mailmax.cli.local_file import write_local
from mailmax.cli.service_user import ServiceUser
from mailmax.datamax.founding import Founding, found
from mailmax.hub.contract.message import Secret
from mailmax.hub.host_password import PasswordFile
from mailmax.policy.names import canonical_domain
from mailmax.settings.field import BadSettings, BadValue
from mailmax.settings.kinds import is_host_name
from mailmax.settings.local import (
    FILE_NAME,
    DirectorySettings,
    HubSettings,
    LocalFile,
    LocalSettings,
    Paths,
    check_sockets,
    resolve_local,
)
from mailmax.settings.web import WebSettings, web_port

_PASSWORD_OCTETS = 12
_NEW_FILE = f"{FILE_NAME}.new"
"""What a set-up that was killed may leave (`cli.local_file`)."""
_OF_FILE_SYSTEM = "lost+found"


class AlreadySetUp(PermanentFailure):
    """There is a mailmax.toml."""


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What nobody gave: shown once."""

    users: dict[str, str]
    """Their passwords."""
    note: str = ""
    """About the user that the services become."""


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
    before = os.umask(0o077)
    try:
        if (root / FILE_NAME).exists():
            raise AlreadySetUp(f"{root} is set up already; remove it or name another")
        return _make(root, answers)
    except OSError as error:
        raise PermanentFailure(
            f"{error.filename or root} cannot be made: {error.strerror}"
        ) from error
    finally:
        os.umask(before)


def _make(root: Path, answers: Answers) -> tuple[LocalSettings, MadeUp]:
    root = root.absolute()
    own = paths_of(root, answers)
    for bad in (check_place(root, answers), check_sockets(own)):
        if bad is not None:
            raise BadSettings(bad)
    elsewhere = [
        path
        for path in directories_of(own).values()
        if not path.is_relative_to(own.root)
    ]
    places = [own.root, *elsewhere]
    user = service_user.choose(answers.run_as, places)
    written = _local_file(answers, user.entry.pw_name if user.entry else answers.run_as)
    local = resolve_local(written, root)
    paths = local.paths
    _make_root(paths.root, user)
    prepare(local)
    with service_user.acting_as(user.entry):
        password = answers.host_password or secrets.token_urlsafe(_PASSWORD_OCTETS)
        PasswordFile(paths.host_password).save_first(password)
        domain = canonical_domain(answers.domain) or answers.domain
        hostname = answers.hostname or own_name() or f"mail.{domain}"
        if not paths.certificate.exists():
            names = dict.fromkeys((hostname, domain, "localhost", "127.0.0.1", "::1"))
            make_certificate(tuple(names), paths.certificate, paths.private_key)
        users, made_up = _users(answers, domain)
        settings = _settings(answers, domain, hostname)
        if users:  # somebody must get mail for the postmaster (RFC 5321 §4.5.1)
            settings["postmaster"] = users[0][0]
        founding = Founding(
            domain, settings, users, answers.ip, _administrators(answers, domain)
        )
        found(local.database_url, paths.secrets, founding)
    write_local(root / FILE_NAME, written)
    if user.entry is not None:
        os.chown(root / FILE_NAME, 0, user.entry.pw_gid)
        (root / FILE_NAME).chmod(0o640)
    return local, MadeUp(made_up, user.note)


def check_place(root: Path, answers: Answers) -> BadValue | None:
    """Say what is wrong with a node directory to be; None when nothing is.

    It is free, or half set up, perhaps with other directories than are wanted now.
    """
    if not root.exists():
        return None
    usual = msgspec.structs.replace(answers, directories=DirectorySettings())
    ours = {
        path.relative_to(root).parts[:1]
        for wanted in (answers, usual)
        for path in directories_of(paths_of(root, wanted)).values()
        if path.is_relative_to(root)
    }
    ours |= {(_NEW_FILE,), (_OF_FILE_SYSTEM,)}
    names = (entry.name for entry in root.iterdir() if (entry.name,) not in ours)
    name = min(names, default="")
    if not name:
        return None
    return BadValue(
        "dir",
        f"{root} is not empty: there is {name}, which is not of MailMax",
        f"name one that is not there yet, as in --dir {root / 'mailmax'}",
    )


def paths_of(root: Path, answers: Answers) -> Paths:
    """Return where a set-up would put everything."""
    return resolve_local(_local_file(answers, ""), root).paths


def _make_root(root: Path, user: ServiceUser) -> None:
    """Make the node directory: root's own, which the services may look into."""
    if root.exists():
        return
    root.mkdir(mode=0o700, parents=True)
    if user.entry is not None and root.stat().st_uid == 0:
        os.chown(root, 0, user.entry.pw_gid)
        root.chmod(0o750)


def _local_file(answers: Answers, run_as: str) -> LocalFile:
    return LocalFile(
        node=answers.node or socket.gethostname(),
        base_port=answers.base_port,
        trust_loopback=answers.trust_loopback,
        run_as=run_as,
        database_url=answers.database_url,
        hub=HubSettings(listen=answers.hub_listen),
        directories=answers.directories,
        web=WebSettings(answers.web_listen or (on_loopback(answers.base_port),)),
    )


def on_loopback(base_port: int) -> str:
    """Return where the web listens when nothing else is wanted."""
    return f"127.0.0.1:{web_port(base_port)}"


def _settings(answers: Answers, domain: str, hostname: str) -> dict[str, str]:
    wanted = {"default_domain": domain, "hostname": hostname}
    if answers.name_servers:
        wanted["name_servers"] = ",".join(answers.name_servers)
    if answers.smart_host:
        wanted["smart_host"] = answers.smart_host
        wanted["smart_host_on"] = "on"
    return wanted


def _users(
    answers: Answers, domain: str
) -> tuple[list[tuple[str, Secret]], dict[str, str]]:
    made_up: dict[str, str] = {}
    users: list[tuple[str, Secret]] = []
    for user in answers.users:
        address = _address(user, domain)
        password = user.password
        if not password:
            password = made_up[address] = secrets.token_urlsafe(_PASSWORD_OCTETS)
        users.append((address, Secret(password)))
    return users, made_up


def _administrators(answers: Answers, domain: str) -> list[str]:
    return [_address(user, domain) for user in answers.users if user.administrator]


def _address(user: UserAnswer, domain: str) -> str:
    return user.name if "@" in user.name else f"{user.name}@{domain}"


def own_name() -> str:
    """Return the whole name of this computer; empty when it has none."""
    own = socket.getfqdn().lower()
    is_good = is_host_name(own) and "." in own and not own.startswith("localhost")
    return own if is_good else ""
