"""Checks of smart hosts, the system's and those of domains (manual 4.1, 6.1)."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from mailmax.policy.checks.facts import Facts
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.policy.checks.system import points_here
from mailmax.policy.routing import parse_smart_host
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.resolve import Scope, resolve
from mailmax.settings.system import SYSTEM_SETTINGS


def domain_smart_host(facts: Facts) -> Iterator[Finding]:
    """A domain's smart host must be there, and not be ourselves."""
    system = facts.setting("smart_host")
    for domain in facts.domains:
        if not domain.own.get("smart_host_on"):
            continue
        own = str(domain.own.get("smart_host", ""))
        field = f"domain {domain.name}: smart_host"
        cure = f"mailmax domain set {domain.name} smart_host=HOST, or smart_host_on=off"
        if not (own or system):
            yield contradiction(field, "it is in use, and there is none", cure)
        elif own and points_here(facts, own):
            yield contradiction(
                field, f"{own} is this system: mail would go round in a ring", cure
            )


def smart_host_login(facts: Facts) -> Iterator[Finding]:
    """A login is a name and a password, and who gets it is known."""
    scopes: list[tuple[str, Scope]] = [("", Scope(SYSTEM_SETTINGS, facts.own))]
    scopes += [
        (f"domain {one.name}: ", Scope(DOMAIN_SETTINGS, one.own))
        for one in facts.domains
    ]
    for prefix, scope in scopes:
        yield from _login(prefix, scope, scope.own)


def _login(prefix: str, scope: Scope, own: Mapping[str, Any]) -> Iterator[Finding]:
    user = resolve("smart_host_user", scope)
    has_password = bool(own.get("smart_host_password"))
    if bool(user) is not has_password:
        missing = "smart_host_password" if user else "smart_host_user"
        yield contradiction(
            prefix + missing,
            "there is none, and the smart host's login has the other half",
            f"set it, or take away smart_host_{'user' if user else 'password'}",
        )
    elif user and resolve("smart_host_tls", scope) == "opportunistic":
        host = str(own.get("smart_host", ""))
        if host and not _is_loopback(host):
            yield risk(
                f"{prefix}smart_host_tls",
                f"it is opportunistic: whoever stands between us and {host} may get "
                "the password",
                "choose required, or implicit for port 465",
            )


CHECKS = named(domain_smart_host, smart_host_login)


def _is_loopback(host: str) -> bool:
    found = parse_smart_host(host)
    try:
        return found is not None and ipaddress.ip_address(found.host).is_loopback
    except ValueError:
        return False
