"""The answers that a set-up needs: from a file, checked before anything is touched.

Manual: 1.4.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from mailmax.datamax.schemes import read_import
from mailmax.hub.host_password import check_host_password
from mailmax.net.place import ANY, is_address, is_of_this_computer
from mailmax.policy.names import canonical_domain, check_domain, check_local
from mailmax.policy.overlap import canonical_address
from mailmax.settings.field import BadValue
from mailmax.settings.host_port import no_listen, split_host_port
from mailmax.settings.kinds import domain_name, name_servers, smart_host
from mailmax.settings.local import (
    HIGHEST_BASE_PORT,
    DirectorySettings,
    check_directories,
)
from mailmax.settings.toml import parse_toml
from mailmax.settings.web import WebSettings, check_web


class UserAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A first user."""

    name: str
    """Local part, or full address in the domain."""
    password: str = ""
    """Clear or a hash; empty: one is made up and shown."""
    administrator: bool = False
    """Administers the whole system."""


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the wizard asks."""

    domain: str
    host_password: str = ""
    """Empty: one is made up (it is only needed on other computers)."""
    ip: str = "*"
    base_port: int = 0
    hostname: str = ""
    trust_loopback: bool = False
    name_servers: list[str] = []
    smart_host: str = ""
    users: tuple[UserAnswer, ...] = ()
    database_url: str = ""
    node: str = ""
    run_as: str = ""
    hub_listen: str = ""
    web_listen: tuple[str, ...] = ()
    """Empty: on 127.0.0.1 alone."""
    directories: DirectorySettings = DirectorySettings()


def read_answers(file: Path) -> Answers | BadValue:
    """Read a file of answers, or say what is wrong."""
    try:
        octets = file.read_bytes()
    except OSError as error:
        return BadValue(str(file), error.strerror or "cannot be read", "name another")
    answers = parse_toml(octets, Answers, str(file), "see mailmax setup --help")
    if isinstance(answers, BadValue):
        return answers
    return check_answers(answers) or answers


def check_answers(answers: Answers) -> BadValue | None:
    """Say what is wrong with the answers; None when nothing is."""
    return next(faults(answers), None)


def faults(answers: Answers) -> Iterator[BadValue]:
    """Yield all that is wrong with the answers, each with its field."""
    checks = (
        _bad(check_domain(answers.domain)),
        check_host_password(answers.host_password) if answers.host_password else None,
        _check_ip_of(answers),
        check_base_port(answers.base_port),
        _bad(domain_name("hostname", answers.hostname)) if answers.hostname else None,
        _bad(name_servers("name_servers", answers.name_servers)),
        _bad(smart_host("smart_host", answers.smart_host))
        if answers.smart_host
        else None,
        _check_listen(answers.hub_listen),
        check_web(WebSettings(answers.web_listen))
        or _check_web_places(answers.web_listen),
        check_directories(answers.directories),
    )
    users = (
        check_user(f"users[{number}]", user, answers.domain)
        for number, user in enumerate(answers.users)
    )
    yield from (bad for bad in (*checks, *users) if bad is not None)


def check_user(field: str, user: UserAnswer, domain: str) -> BadValue | None:
    """Say what is wrong with a first user; None when nothing is."""
    bad = check_user_name(f"{field}.name", user.name, domain)
    if bad is not None or not user.password:
        return bad
    bad = _bad(read_import(user.password))
    return None if bad is None else BadValue(f"{field}.password", bad.reason, bad.cure)


def check_ip(ip: str) -> BadValue | None:
    """Say what is wrong with an address to listen on here; None when nothing is."""
    address = canonical_address(ip)
    if address is None:
        return BadValue("ip", f"{ip!r} is no IP address", "give one, or * for all")
    return _check_here("ip", address, ANY)


def _check_ip_of(answers: Answers) -> BadValue | None:
    """The same; services on other computers listen at addresses of theirs."""
    if answers.hub_listen and canonical_address(answers.ip) is not None:
        return None
    return check_ip(answers.ip)


def check_user_name(field: str, name: str, domain: str) -> BadValue | None:
    """Say what is wrong with the name of a first user; None when nothing is."""
    local, at, own = name.rpartition("@")
    if at and canonical_domain(own) != canonical_domain(domain):
        return BadValue(field, f"{own!r} is not the domain", "add it after the set-up")
    bad = _bad(check_local(local if at else name))
    return None if bad is None else BadValue(field, bad.reason, bad.cure)


def check_base_port(base_port: int) -> BadValue | None:
    """Say what is wrong with a base port; None when nothing is."""
    if 0 <= base_port <= HIGHEST_BASE_PORT:
        return None
    return BadValue(
        "base_port",
        f"{base_port} leaves no room for the ports above it",
        f"give 0 (standard ports) to {HIGHEST_BASE_PORT}",
    )


def _check_listen(listen: str) -> BadValue | None:
    if not listen:
        return None
    where = split_host_port(listen)
    if where is None:
        return no_listen("hub_listen", listen)
    return _check_here("hub_listen", where[0], "0.0.0.0")


def _check_web_places(listen: tuple[str, ...]) -> BadValue | None:
    places = (split_host_port(text) for text in listen)
    checks = (_check_here("web_listen", place[0], ANY) for place in places if place)
    return next((bad for bad in checks if bad is not None), None)


def _check_here(field: str, address: str, everywhere: str) -> BadValue | None:
    """Refuse an address that is another computer's; a name may be anybody's."""
    if not is_address(address) or is_of_this_computer(address):
        return None
    cure = f"give one that it has (ip address shows them), or {everywhere} for all"
    return BadValue(field, f"this computer does not have {address}", cure)


def _bad(value: object) -> BadValue | None:
    return value if isinstance(value, BadValue) else None
