"""Checks of domains (manual 6)."""

from collections import Counter
from collections.abc import Iterator

from mailmax.base.units import counted
from mailmax.policy.checks.facts import DomainFact, Facts, Owner
from mailmax.policy.checks.finding import Finding, contradiction, named, risk
from mailmax.policy.checks.system import points_here
from mailmax.policy.recipients import HOME_KINDS
from mailmax.policy.routing import parse_delivery_address
from mailmax.settings.domain import DOMAIN_SETTINGS
from mailmax.settings.resolve import Scope, resolve
from mailmax.settings.system import SYSTEM_SETTINGS

_DEAD = {
    "disabled": "takes no mail",
    "trap": "is a spam trap, and nobody logs in there",
}
"""Why mail for users of a kind is read by nobody."""


def catch_all(facts: Facts) -> Iterator[Finding]:
    """Who gets what is for nobody must get it."""
    for domain in facts.domains:
        yield from _target(domain, "catch_all", domain.catch_all)


def monitor(facts: Facts) -> Iterator[Finding]:
    """Who gets a copy of all mail must get it."""
    for domain in facts.domains:
        yield from _target(domain, "monitor", domain.monitor)


def passed_on(facts: Facts) -> Iterator[Finding]:
    """A domain whose mail is passed on must say where to, and not to us."""
    for domain in facts.domains:
        address = str(domain.own.get("delivery_address", ""))
        if domain.kind == "relay" and not address:
            yield contradiction(
                _field(domain, "delivery_address"),
                "there is none, and a relay domain's mail goes there",
                f"mailmax domain set {domain.name} delivery_address=HOST",
            )
        if domain.kind == "backup" and not domain.own.get("priority"):
            yield contradiction(
                _field(domain, "priority"),
                "it is 0, and only better servers get a backup domain's mail",
                f"mailmax domain set {domain.name} priority=NUMBER",
            )
        if address and parse_delivery_address(address) is None:
            yield contradiction(
                _field(domain, "delivery_address"),
                f"{address} cannot be read",
                f"mailmax domain set {domain.name} delivery_address=HOST",
            )
        if domain.kind in {"relay", "etrn"} and address and points_here(facts, address):
            yield contradiction(
                _field(domain, "delivery_address"),
                f"{address} is this system: mail would go round in a ring",
                f"mailmax domain set {domain.name} delivery_address=HOST",
            )
        if domain.kind not in HOME_KINDS and domain.users:
            yield contradiction(
                _field(domain, "kind"),
                f"it is {domain.kind}, and the mail of {counted(domain.users, 'user')} "
                "is here, where no more comes",
                f"delete them, or: mailmax domain set {domain.name} kind=normal",
            )


def too_many_users(facts: Facts) -> Iterator[Finding]:
    """There are more users than may be."""
    for domain in facts.domains:
        most = domain.own.get("max_users", 0)
        if most and domain.users > most:
            yield contradiction(
                _field(domain, "max_users"),
                f"it is {most}, and there are {domain.users}: none can be added",
                f"mailmax domain set {domain.name} max_users={domain.users}",
            )


def shared_directory(facts: Facts) -> Iterator[Finding]:
    """Two domains in one directory are archived, moved and deleted together."""
    count = Counter(domain.directory for domain in facts.domains)
    for domain in facts.domains:
        if domain.directory and count[domain.directory] > 1:
            yield contradiction(
                _field(domain, "mail_root"),
                f"another domain has {domain.directory}, too",
                f"mailmax domain set {domain.name} mail_root=/ANOTHER",
            )


def double_name(facts: Facts) -> Iterator[Finding]:
    """A name is one domain's, as its own or as another one."""
    names = Counter(
        name for domain in facts.domains for name in {domain.name, *domain.aliases}
    )
    for domain in facts.domains:
        for alias in domain.aliases:
            if names[alias] > 1:
                yield contradiction(
                    f"domain {domain.name}: {alias}",
                    "it is the name of another domain, too",
                    f"mailmax domain alias {alias} --remove, or rename the other",
                )


def housekeeping_without_days(facts: Facts) -> Iterator[Finding]:
    """Something is to go by age, and nothing is ever too old."""
    system = Scope(SYSTEM_SETTINGS, facts.own)
    scopes: list[tuple[str, bool, tuple[Scope, ...]]] = [
        ("housekeeping_days", "housekeeping" in facts.own, (system,))
    ]
    scopes += [
        (
            _field(domain, "housekeeping_days"),
            not domain.own.keys().isdisjoint(("housekeeping", "housekeeping_days")),
            (Scope(DOMAIN_SETTINGS, domain.own), system),
        )
        for domain in facts.domains
    ]
    for field, is_own, chain in scopes:
        method = resolve("housekeeping", *chain)
        days = resolve("housekeeping_days", *chain)
        if is_own and method != "disabled" and not days:
            yield contradiction(
                field,
                f"it is 0, and housekeeping is {method}: nothing is ever too old",
                "give a number of days, or disable housekeeping",
            )


def users_removed_at_once(facts: Facts) -> Iterator[Finding]:
    """Nothing brings the mail of a user back who was idle too long."""
    methods = [facts.setting("housekeeping")]
    methods += [domain.own.get("housekeeping", "") for domain in facts.domains]
    at_once = not facts.setting("delete_grace_days")
    removes = facts.setting("housekeeping_way") == "remove"
    if "users_by_age" in methods and removes and at_once:
        yield risk(
            "delete_grace_days",
            "it is 0, and users by age are removed with their mail: at once, for good",
            "give some days, or let housekeeping_way be archive",
        )


def message_limit(facts: Facts) -> Iterator[Finding]:
    """The system's limit holds for everybody."""
    most = facts.setting("message_limit_octets")
    scopes = [(_field(one, "message_limit_octets"), one.own) for one in facts.domains]
    scopes += [
        (f"user {one.address}: message_limit_octets", one.own) for one in facts.users
    ]
    for field, own in scopes:
        limit = own.get("message_limit_octets", 0)
        if limit > most:
            yield contradiction(
                field,
                f"{limit} octets are more than the system takes: {most}",
                "give less, or raise the system's message_limit_octets",
            )


def blank_passwords(facts: Facts) -> Iterator[Finding]:
    """Users without a password, and who may come in as them (GEN-6)."""
    trusted = [one.pattern for one in facts.filters if one.kind == "trusted"]
    if facts.hub.trusts_loopback:
        trusted.append("this computer")
    system = Scope(SYSTEM_SETTINGS, facts.own)
    for domain in facts.domains:
        if not domain.blank_users:
            continue
        field = _field(domain, "blank_passwords")
        have = f"{counted(domain.blank_users, 'user')} without a password"
        cure = "give them one with mailmax user password, or choose disable"
        policy = resolve("blank_passwords", Scope(DOMAIN_SETTINGS, domain.own), system)
        if policy == "fill":
            yield risk(field, f"{have}: whoever comes first as one sets it", cure)
        elif policy == "none" and trusted:
            some = ", ".join(trusted[:3]) + (", …" if trusted[3:] else "")
            yield risk(
                field, f"{have}: anybody from {some} reads and deletes their mail", cure
            )
        elif policy == "none":
            yield contradiction(
                field, f"{have}, and no address is trusted: they cannot log in", cure
            )


CHECKS = named(
    catch_all,
    monitor,
    passed_on,
    too_many_users,
    shared_directory,
    double_name,
    housekeeping_without_days,
    users_removed_at_once,
    message_limit,
    blank_passwords,
)


def _target(domain: DomainFact, key: str, user: Owner | None) -> Iterator[Finding]:
    if user is not None and user.kind in _DEAD:
        yield contradiction(
            _field(domain, key),
            f"{user.address} {_DEAD[user.kind]}",
            f"mailmax domain set {domain.name} {key}=ADDRESS, or {key}= for none",
        )


def _field(domain: DomainFact, key: str) -> str:
    return f"domain {domain.name}: {key}"
