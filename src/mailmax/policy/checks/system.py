"""Checks of the settings of the whole system (manual 4)."""

import ipaddress
from collections.abc import Iterator

from mailmax.policy.checks.facts import Facts
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.policy.recipients import HOME_KINDS
from mailmax.policy.routing import SMTP_PORT
from mailmax.settings.host_port import split_host_port

_SUBMISSION = frozenset({"submission", "submissions"})
_READING = frozenset({"pop3", "pop3s", "imap", "imaps"})
_MOST_NAMED = 5


def logins_not_offered(facts: Facts) -> Iterator[Finding]:
    """Logins are asked for where none are offered (DECISIONS 6)."""
    if facts.setting("smtp_auth") != "none":
        return
    if facts.setting("sending_authentication") == "auth":
        yield contradiction(
            "smtp_auth",
            "it is none, and sending_authentication asks for a login",
            "offer logins: mailmax config set smtp_auth allowed",
        )
    if _SUBMISSION & facts.open_services():
        yield contradiction(
            "smtp_auth",
            "it is none, and ports for submission are open, where nothing is taken "
            "without a login",
            "offer logins: mailmax config set smtp_auth allowed; or close those "
            "services: mailmax service close",
        )


def pop_before_smtp_without_pop(facts: Facts) -> Iterator[Finding]:
    """A login to POP3 or IMAP is asked for where neither can be reached."""
    wanted = facts.setting("sending_authentication") == "pop_before_smtp"
    if wanted and not _READING & facts.open_services():
        yield contradiction(
            "sending_authentication",
            "it is pop_before_smtp, and no POP3 or IMAP service is open",
            "open one: mailmax service open; or choose auth",
        )


def apop_lacking(facts: Facts) -> Iterator[Finding]:
    """APOP is required of users who have nothing that it works with."""
    if facts.setting("apop_required") and facts.lacking_apop:
        yield contradiction(
            "apop_required",
            facts.lacking_apop,
            "give each a secret with mailmax user apop, or switch it off",
        )


def default_domain(facts: Facts) -> Iterator[Finding]:
    """The default domain is none whose users are here."""
    wanted = [("default_domain", facts.setting("default_domain"))]
    wanted += [
        (f"connection {one.address}: default_domain", one.default_domain)
        for one in facts.bindings
    ]
    for field, name in wanted:
        if not name:
            continue
        domain = facts.domain(name)
        if domain is None or domain.kind not in HOME_KINDS:
            yield contradiction(
                field,
                f"{name} is no domain here"
                if domain is None
                else f"the mail of {name} is passed on: it has no users",
                "choose one that has users here, or add it: mailmax domain add",
            )


def postmaster(facts: Facts) -> Iterator[Finding]:
    """Mail for the postmaster must be read by somebody (RFC 5321 §4.5.1)."""
    address = facts.setting("postmaster")
    owner = facts.owner(address) if address else None
    if address and (owner is None or owner.kind != "normal"):
        yield contradiction(
            "postmaster",
            f"there is no user {address} here"
            if owner is None
            else f"{address} is {owner.kind}: nobody logs in there",
            "name one who reads it: mailmax config set postmaster ADDRESS",
        )
    if owner is not None:
        return
    without = [
        domain.name
        for domain in facts.domains
        if domain.kind == "normal"
        and domain.catch_all is None
        and facts.owner(f"postmaster@{domain.name}") is None
    ]
    if without:
        some = ", ".join(without[:_MOST_NAMED]) + (
            f" and {len(without) - _MOST_NAMED} more" if without[_MOST_NAMED:] else ""
        )
        yield risk(
            "postmaster",
            f"mail for the postmaster must always be taken, and is refused for {some}",
            "name somebody for all domains: mailmax config set postmaster ADDRESS",
        )


def smart_host(facts: Facts) -> Iterator[Finding]:
    """The smart host must be there, and not be ourselves."""
    if not facts.setting("smart_host_on"):
        return
    host = facts.setting("smart_host")
    if not host:
        yield contradiction(
            "smart_host",
            "it is in use, and there is none",
            "name one: mailmax config set smart_host NAME",
        )
    elif points_here(facts, host):
        yield contradiction(
            "smart_host",
            f"{host} is this system: mail would go round in a ring",
            "name another, or switch it off: mailmax config set smart_host_on off",
        )


def points_here(facts: Facts, host: str) -> bool:
    """Tell whether a host with or without a port is an SMTP service of ours."""
    name, port = split_host_port(host) or (host, SMTP_PORT)
    name = name.removeprefix("[").removesuffix("]").lower()
    ours = [
        one.address
        for one in facts.listeners
        if one.service == "smtp" and one.is_open and one.port == port
    ]
    if not ours:
        return False
    names = {facts.setting("hostname"), facts.hub.hostname, "localhost"}
    return name in names or name in ours or _is_loopback(name)


def block_lists(facts: Facts) -> Iterator[Finding]:
    """Open relay checking without a list does nothing."""
    if facts.setting("dnsbl_on") and not facts.setting("dnsbl_zones"):
        yield contradiction(
            "dnsbl_zones",
            "it is empty, and open relay checking is on",
            "name a list: mailmax config set dnsbl_zones ZONE; or switch dnsbl_on off",
        )


def passwords_in_clear(facts: Facts) -> Iterator[Finding]:
    """Whoever reads the database reads the passwords."""
    if facts.setting("password_keeping") == "clear":
        yield risk(
            "password_keeping",
            "passwords are kept as they are, for whoever reads the database",
            "keep them hashed, or encrypted where APOP needs them",
        )


def over_limit_notice(facts: Facts) -> Iterator[Finding]:
    """More than 100 percent is never left."""
    scopes = [("over_limit_threshold", facts.own)]
    scopes += [
        (f"domain {one.name}: over_limit_threshold", one.own) for one in facts.domains
    ]
    for field, own in scopes:
        measure = own.get("over_limit_notice", facts.setting("over_limit_notice"))
        most = own.get("over_limit_threshold", facts.setting("over_limit_threshold"))
        decides = "over_limit_notice" in own or "over_limit_threshold" in own
        if decides and measure == "percent" and most > 100:
            yield contradiction(
                field, f"{most} percent are never left", "give 1 to 100"
            )


def hostname(facts: Facts) -> Iterator[Finding]:
    """Other servers refuse a greeting that is no full name."""
    own = facts.setting("hostname")
    name = own or facts.hub.hostname
    if name and "." not in name:
        yield risk(
            "hostname",
            f"{name} has no domain: other servers may refuse who greets so",
            "give the full name: mailmax config set hostname mail.example.org",
        )


def remote_administration(facts: Facts) -> Iterator[Finding]:
    """It is allowed, and cannot work yet."""
    if not facts.setting("remote_administration"):
        return
    if not facts.hub.listens_elsewhere:
        yield contradiction(
            "remote_administration",
            "it is on, and DataMax listens for no other computer",
            "give hub.listen in mailmax.toml, or switch it off",
        )
    elif facts.hub.has_first_password:
        yield contradiction(
            "remote_administration",
            "it is on, and the host password is still the one of the set-up, with "
            "which nobody is let in from elsewhere",
            "change it: mailmax hostpassword",
        )


def short_host_password(facts: Facts) -> Iterator[Finding]:
    """Whoever guesses it administers everything, where that may be from elsewhere."""
    if facts.setting("remote_administration") and facts.hub.has_short_password:
        yield risk(
            "remote_administration",
            "it is on, and the host password is so short that it can be guessed",
            "set one of at least 12 characters: mailmax hostpassword",
        )


CHECKS = named(
    logins_not_offered,
    pop_before_smtp_without_pop,
    apop_lacking,
    default_domain,
    postmaster,
    smart_host,
    block_lists,
    passwords_in_clear,
    over_limit_notice,
    hostname,
    remote_administration,
    short_host_password,
)


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
