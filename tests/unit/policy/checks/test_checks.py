"""Every check finds what it is for, and leaves its neighbours alone (manual 12).

Theory:
    A row names a check, facts, and what the finding begins with; a row of `CLEAN` has
    facts that are much the same and sound. Every check has a row of the first kind.
"""

import pytest

from mailmax.policy.access import MAY_RELAY
from mailmax.policy.checks import (
    access,
    cluster,
    connections,
    domains,
    smart_hosts,
    system,
    users,
)
from mailmax.policy.checks.facts import (
    BanFact,
    BindingFact,
    DomainFact,
    Facts,
    FilterFact,
    HubFact,
    ListenerFact,
    MemberFact,
    Owner,
    UserFact,
)
from mailmax.policy.checks.finding import find_all

CHECKS = {
    **system.CHECKS,
    **smart_hosts.CHECKS,
    **connections.CHECKS,
    **access.CHECKS,
    **domains.CHECKS,
    **users.CHECKS,
    **cluster.CHECKS,
}
A = "a.test"
TIM, ANN = "tim@a.test", "ann@a.test"
DEAD, TRAP = Owner(ANN, "disabled"), Owner("t@a.test", "trap")
SMTP = ListenerFact("*", "smtp", 25)
SOUND = {
    "domains": (DomainFact(A),),
    "owners": {"postmaster@a.test": Owner(TIM), TIM: Owner(TIM)},
    "listeners": (SMTP, ListenerFact("*", "imap", 143)),
    "hub": HubFact("mx.a.test"),
}


def facts(**changed) -> Facts:
    return Facts(**{**SOUND, **changed})


def own(**settings) -> Facts:
    return facts(own=settings)


def domain(**values) -> Facts:
    return facts(domains=(DomainFact(A, **values),))


def user(**values) -> Facts:
    return facts(users=(UserFact(TIM, **values),))


def filters(*patterns, kind="permitted", flags=0, connection="") -> Facts:
    rows = enumerate(patterns, 1)
    return facts(
        filters=tuple(FilterFact(connection, n, one, kind, flags) for n, one in rows)
    )


def members(*rows: MemberFact, kind: str = "clustered") -> Facts:
    hub = HubFact("mx.a.test", system_name="alpha", members=rows)
    return facts(hub=hub, domains=(DomainFact(A, kind),))


BETA = MemberFact("beta", "beta", domains=(A,))
NEVER = MemberFact("gamma", is_seen=False, is_in_sync=False, trouble="it is away")
SILENT = MemberFact("beta", "beta", is_in_sync=False, domains=(A,))
FORWARDING = {"forwarding_on": True}
SUBMISSION = ListenerFact("*", "submission", 587)

EVERYBODY_IN_OTHER_WORDS = [("0.0.0.0/0", 4), ("*.*.*.*", 4), ("::/0", 6)]

FOUND = [
    (
        "member_never_seen",
        members(BETA, NEVER),
        "risk cluster member gamma: it was never seen (it is away): mail for unknown",
    ),
    (
        "member_never_seen",
        members(SILENT),
        "risk cluster member beta: it was not heard of for too long: mail for",
    ),
    (
        "member_of_same_name",
        members(MemberFact("beta", "alpha", domains=(A,))),
        "contradiction cluster member beta: it calls itself alpha, as this system",
    ),
    (
        "member_of_same_name",
        members(BETA, MemberFact("gamma", "beta", domains=(A,))),
        "contradiction cluster member gamma: it calls itself beta, as another member",
    ),
    (
        "clustered_alone",
        members(),
        "risk domain a.test: kind: it is clustered, and no member of the cluster has",
    ),
    (
        "clustered_alone",
        members(MemberFact("beta", "beta", domains=("b.test",))),
        "risk domain a.test: kind: it is clustered",
    ),
    (
        "logins_not_offered",
        own(smtp_auth="none", sending_authentication="auth"),
        "contradiction smtp_auth: it is none, and sending_authentication",
    ),
    (
        "logins_not_offered",
        facts(own={"smtp_auth": "none"}, listeners=(SMTP, SUBMISSION)),
        "contradiction smtp_auth: it is none, and ports for submission",
    ),
    (
        "pop_before_smtp_without_pop",
        facts(
            own={"sending_authentication": "pop_before_smtp"},
            listeners=(SMTP, ListenerFact("*", "imap", 143, False)),
        ),
        "contradiction sending_authentication: it is pop_before_smtp",
    ),
    (
        "apop_lacking",
        facts(own={"apop_required": True}, lacking_apop="2 users lack it"),
        "contradiction apop_required: 2 users lack it",
    ),
    (
        "default_domain",
        own(default_domain="b.test"),
        "contradiction default_domain: b.test is no domain here",
    ),
    (
        "default_domain",
        facts(domains=(DomainFact(A, "relay"),), own={"default_domain": A}),
        "contradiction default_domain: the mail of a.test is passed on",
    ),
    (
        "default_domain",
        facts(bindings=(BindingFact("192.0.2.1", "b.test"), BindingFact("*"))),
        "contradiction connection 192.0.2.1: default_domain: b.test is no domain",
    ),
    (
        "postmaster",
        facts(owners={}),
        (
            "risk postmaster: mail for the postmaster must always be taken, and is "
            "refused for a.test"
        ),
    ),
    (
        "postmaster",
        facts(owners={}, domains=tuple(DomainFact(f"d{n}.test") for n in range(7))),
        (
            "risk postmaster: mail for the postmaster must always be taken, and is "
            "refused for d0.test, d1.test, d2.test, d3.test, d4.test and 2 more"
        ),
    ),
    (
        "postmaster",
        own(postmaster="gone@a.test"),
        "contradiction postmaster: there is no user gone@a.test here",
    ),
    (
        "postmaster",
        facts(own={"postmaster": ANN}, owners={ANN: DEAD}),
        "contradiction postmaster: ann@a.test is disabled",
    ),
    (
        "smart_host",
        own(smart_host_on=True),
        "contradiction smart_host: it is in use, and there is none",
    ),
    *(
        (
            "smart_host",
            own(smart_host_on=True, smart_host=host, hostname="mail.a.test"),
            f"contradiction smart_host: {host} is this system",
        )
        for host in (
            *("mx.a.test", "mail.a.test:25", "127.0.0.1", "[::1]:25", "localhost"),
        )
    ),
    (
        "smart_host",
        facts(
            own={"smart_host_on": True, "smart_host": "192.0.2.1:2525"},
            listeners=(ListenerFact("192.0.2.1", "smtp", 2525),),
        ),
        "contradiction smart_host: 192.0.2.1:2525 is this system",
    ),
    (
        "domain_smart_host",
        domain(own={"smart_host_on": True}),
        "contradiction domain a.test: smart_host: it is in use, and there is none",
    ),
    (
        "domain_smart_host",
        domain(own={"smart_host_on": True, "smart_host": "mx.a.test"}),
        "contradiction domain a.test: smart_host: mx.a.test is this system",
    ),
    (
        "smart_host_login",
        own(smart_host_user="tim"),
        "contradiction smart_host_password: there is none",
    ),
    (
        "smart_host_login",
        domain(own={"smart_host_password": "c2VhbGVk"}),
        "contradiction domain a.test: smart_host_user: there is none",
    ),
    (
        "smart_host_login",
        own(smart_host="r.test:25", smart_host_user="t", smart_host_password="c2Vh"),
        "risk smart_host_tls: it is opportunistic: whoever stands between us and r.t",
    ),
    ("block_lists", own(dnsbl_on=True), "contradiction dnsbl_zones: it is empty"),
    ("passwords_in_clear", own(password_keeping="clear"), "risk password_keeping: "),
    (
        "over_limit_notice",
        own(over_limit_notice="percent", over_limit_threshold=101),
        "contradiction over_limit_threshold: 101 percent are never left",
    ),
    (
        "over_limit_notice",
        facts(
            own={"over_limit_threshold": 500},
            domains=(DomainFact(A, own={"over_limit_notice": "percent"}),),
        ),
        "contradiction domain a.test: over_limit_threshold: 500 percent",
    ),
    ("hostname", own(hostname="mail"), "risk hostname: mail has no domain"),
    ("hostname", facts(hub=HubFact("vm")), "risk hostname: vm has no domain"),
    (
        "remote_administration",
        own(remote_administration=True),
        "contradiction remote_administration: it is on, and DataMax listens for no",
    ),
    (
        "remote_administration",
        facts(
            own={"remote_administration": True},
            hub=HubFact("mx.a.test", False, True, True),
        ),
        "contradiction remote_administration: it is on, and the host password is still",
    ),
    (
        "short_host_password",
        facts(
            own={"remote_administration": True},
            hub=HubFact("mx.a.test", False, True, has_short_password=True),
        ),
        "risk remote_administration: it is on, and the host password is so short",
    ),
    (
        "no_connection",
        facts(listeners=(ListenerFact("*", "smtp", 25, False),)),
        "contradiction connections: no service is open",
    ),
    (
        "no_connection",
        facts(listeners=(ListenerFact("*", "imap", 143),)),
        "risk connections: SMTP is open nowhere",
    ),
    (
        "port_twice",
        facts(listeners=(SMTP, ListenerFact("192.0.2.1", "pop3", 25))),
        "contradiction service pop3 of 192.0.2.1: smtp of * has port 25, too",
    ),
    (
        "open_relay",
        filters("*", kind="trusted"),
        "contradiction filter 1 (*): everybody sends anywhere",
    ),
    *(
        (
            "open_relay",
            filters(pattern, kind="trusted"),
            f"contradiction filter 1 ({pattern}): everybody with an IPv{kind} address",
        )
        for pattern, kind in EVERYBODY_IN_OTHER_WORDS
    ),
    (
        "open_relay",
        filters("203.0.0.0/8", kind="custom", flags=MAY_RELAY),
        "risk filter 1 (203.0.0.0/8): very many addresses",
    ),
    (
        "open_relay",
        filters("2001:db8::/32", kind="trusted", connection="::1"),
        "risk filter 1 of ::1 (2001:db8::/32): very many",
    ),
    (
        "filter_without_effect",
        filters("10.1.*.*", "*", "192.0.2.1"),
        "contradiction filter 3 (192.0.2.1): it never matches: filter 2 (*) before",
    ),
    (
        "filter_without_effect",
        filters("2001:db8::/32", "2001:db8:1::/48"),
        "contradiction filter 2 (2001:db8:1::/48): it never matches",
    ),
    *(
        (
            "everybody_banned",
            filters(pattern, kind="banned"),
            f"contradiction filter 1 ({pattern}): it is the first and bans everybody",
        )
        for pattern, _ in EVERYBODY_IN_OTHER_WORDS
    ),
    (
        "everybody_banned",
        filters("192.0.2.1", "::/0", kind="banned"),
        "contradiction filter 2 (::/0): it is the first and bans everybody",
    ),
    (
        "everybody_banned",
        filters("*", kind="banned"),
        "contradiction filter 1 (*): it is the first and bans everybody",
    ),
    (
        "own_domain_banned",
        facts(bans=(BanFact("", "*.test"),)),
        "risk ban (*.test): it is a domain here",
    ),
    (
        "own_domain_banned",
        facts(
            domains=(DomainFact(A, aliases=("other.test",)),),
            bans=(BanFact("192.0.2.1", "x@other.test"),),
        ),
        "risk ban of 192.0.2.1 (x@other.test): it is a domain here",
    ),
    (
        "catch_all",
        domain(catch_all=DEAD),
        "contradiction domain a.test: catch_all: ann@a.test takes no mail",
    ),
    (
        "catch_all",
        domain(catch_all=TRAP),
        "contradiction domain a.test: catch_all: t@a.test is a spam trap",
    ),
    ("monitor", domain(monitor=DEAD), "contradiction domain a.test: monitor: ann"),
    ("passed_on", domain(kind="relay"), "contradiction domain a.test: delivery_addr"),
    ("passed_on", domain(kind="backup"), "contradiction domain a.test: priority: it"),
    (
        "passed_on",
        domain(kind="relay", own={"delivery_address": "mx.a.test"}),
        "contradiction domain a.test: delivery_address: mx.a.test is this system",
    ),
    (
        "passed_on",
        domain(kind="relay", own={"delivery_address": "a b"}),
        "contradiction domain a.test: delivery_address: a b cannot be read",
    ),
    (
        "passed_on",
        domain(kind="etrn", users=2),
        "contradiction domain a.test: kind: it is etrn, and the mail of 2 users is",
    ),
    (
        "too_many_users",
        domain(own={"max_users": 2}, users=3),
        "contradiction domain a.test: max_users: it is 2, and there are 3",
    ),
    (
        "shared_directory",
        facts(domains=(DomainFact(A, directory="/m"), DomainFact("b", directory="/m"))),
        "contradiction domain a.test: mail_root: another domain has /m",
    ),
    (
        "double_name",
        facts(domains=(DomainFact(A), DomainFact("b.test", aliases=(A,)))),
        "contradiction domain b.test: a.test: it is the name of another",
    ),
    (
        "housekeeping_without_days",
        own(housekeeping="messages_by_age"),
        "contradiction housekeeping_days: it is 0, and housekeeping is messages_by",
    ),
    (
        "housekeeping_without_days",
        domain(own={"housekeeping": "users_by_age"}),
        "contradiction domain a.test: housekeeping_days: it is 0",
    ),
    (
        "users_removed_at_once",
        facts(
            own={"housekeeping_way": "remove", "delete_grace_days": 0},
            domains=(DomainFact(A, own={"housekeeping": "users_by_age"}),),
        ),
        "risk delete_grace_days: it is 0",
    ),
    (
        "message_limit",
        domain(own={"message_limit_octets": 1 << 30}),
        "contradiction domain a.test: message_limit_octets: 1073741824",
    ),
    (
        "message_limit",
        user(own={"message_limit_octets": 1 << 30}),
        "contradiction user tim@a.test: message_limit_octets: 1073741824",
    ),
    (
        "blank_passwords",
        domain(blank_users=3, own={"blank_passwords": "fill"}),
        "risk domain a.test: blank_passwords: 3 users without a password: whoever",
    ),
    (
        "blank_passwords",
        domain(blank_users=3, own={"blank_passwords": "none"}),
        "contradiction domain a.test: blank_passwords: 3 users without a password, and",
    ),
    (
        "blank_passwords",
        facts(
            own={"blank_passwords": "none"},
            domains=(DomainFact(A, blank_users=1),),
            filters=tuple(
                FilterFact("", n, f"192.0.2.{n}", "trusted") for n in range(1, 5)
            ),
        ),
        (
            "risk domain a.test: blank_passwords: 1 user without a password: anybody "
            "from 192.0.2.1, 192.0.2.2, 192.0.2.3, … reads"
        ),
    ),
    (
        "blank_passwords",
        facts(
            own={"blank_passwords": "none"},
            domains=(DomainFact(A, blank_users=1),),
            hub=HubFact(trusts_loopback=True),
        ),
        (
            "risk domain a.test: blank_passwords: 1 user without a password: anybody "
            "from this computer"
        ),
    ),
    (
        "forwards",
        user(own=FORWARDING),
        "contradiction user tim@a.test: forwards: forwarding is on, and the list is",
    ),
    (
        "forwards",
        user(own=FORWARDING, forwards=("x@far.test", "gone@a.test")),
        "contradiction user tim@a.test: forwards: gone@a.test is nobody here",
    ),
    (
        "forwards",
        facts(
            users=(UserFact(TIM, own=FORWARDING, forwards=(ANN,)),), owners={ANN: DEAD}
        ),
        "contradiction user tim@a.test: forwards: ann@a.test is disabled",
    ),
    (
        "forwards",
        facts(
            users=(UserFact(TIM, own=FORWARDING, forwards=("T@a.test",)),),
            owners={"t@a.test": TRAP},
        ),
        "contradiction user tim@a.test: forwards: T@a.test is a spam trap",
    ),
    (
        "replies",
        user(own={"reply_on": True, "reply_text": " "}),
        "contradiction user tim@a.test: reply_text: ",
    ),
    (
        "replies",
        facts(
            users=(
                UserFact(
                    TIM, own={"reply_on": True, "reply_text": "x", "reply_from": ANN}
                ),
            ),
            owners={ANN: Owner(ANN)},
        ),
        "contradiction user tim@a.test: reply_from: ann@a.test is no address",
    ),
    (
        "administrators",
        user(is_administrator=True, kind="trap"),
        "contradiction user tim@a.test: it administers, and is trap",
    ),
    (
        "administrators",
        user(is_administrator=True, has_password=False),
        "risk user tim@a.test: it administers, and has no password",
    ),
]

CLEAN = [
    members(BETA),
    members(kind="normal"),
    facts(),
    own(smtp_auth="none"),
    own(smtp_auth="required", sending_authentication="auth"),
    own(sending_authentication="pop_before_smtp"),
    facts(lacking_apop="not asked for"),
    own(default_domain=A, postmaster=TIM),
    facts(own={"postmaster": TIM}, owners={TIM: Owner(TIM)}),
    facts(domains=(DomainFact(A, catch_all=Owner(TIM)),), owners={}),
    facts(domains=(DomainFact(A, aliases=("b.test",)),), bindings=(
        BindingFact("*", "b.test"),)),
    own(smart_host="127.0.0.1"),
    own(smart_host_on=True, smart_host="127.0.0.1:2526"),
    own(smart_host_on=True, smart_host="relay.far.test"),
    own(smart_host="127.0.0.1:2", smart_host_user="t", smart_host_password="c2Vh"),
    own(
        smart_host="r.test",
        smart_host_user="t",
        smart_host_password="c2Vh",
        smart_host_tls="required",
    ),
    domain(own={"smart_host_on": True, "smart_host": "r.test"}),
    domain(own={"smart_host_on": False}),
    own(dnsbl_on=True, dnsbl_zones=["list.test"]),
    own(dnsbl_zones=["list.test"]),
    own(password_keeping="encrypted"),
    own(over_limit_notice="megabytes", over_limit_threshold=500),
    facts(
        own={"remote_administration": True},
        hub=HubFact("mx.a.test", False, True, False),
    ),
    facts(hub=HubFact("mx.a.test", False, True, has_short_password=True)),
    facts(
        listeners=(
            ListenerFact("192.0.2.1", "smtp", 25),
            ListenerFact("192.0.2.2", "smtp", 25),
            ListenerFact("192.0.2.1", "imap", 143),
        )
    ),
    filters("10.0.0.0/8", "192.168.*.*", "fd00::/8", kind="trusted"),
    filters("198.51.100.0/24", "2001:db8::/48", kind="trusted"),
    filters("*", kind="custom", flags=8),
    filters("10.1.2.3", "10.1.2.4", "10.1.*.*", "*"),
    facts(
        filters=(
            FilterFact("", 1, "*", "permitted"),
            FilterFact("192.0.2.1", 1, "10.1.2.3", "permitted"),
        )
    ),
    filters("10.0.0.0/8", "2001:db8::/32", "no pattern"),
    filters("192.0.2.1", "*", kind="banned"),
    filters("192.0.2.1", "0.0.0.0/0", kind="banned"),
    facts(bans=(BanFact("", "far.test"), BanFact("", "*.a.test"))),
    domain(catch_all=Owner(TIM), monitor=Owner(TIM)),
    domain(kind="relay", own={"delivery_address": "mx.far.test"}),
    domain(kind="relay", own={"delivery_address": "lmtp:/run/box.sock"}),
    domain(kind="etrn"),
    domain(kind="backup", own={"priority": 20}),
    domain(own={"max_users": 3}, users=3),
    facts(domains=(DomainFact(A, directory=A), DomainFact("b", directory="b")),
          owners={"postmaster@a.test": Owner(TIM), "postmaster@b": Owner(TIM)}),
    facts(domains=(DomainFact(A, aliases=("b.test", "c.test")),)),
    facts(own={"housekeeping": "messages_by_age", "housekeeping_days": 9},
          domains=(DomainFact(A, own={"housekeeping": "users_by_age"}),)),
    own(housekeeping_way="remove", delete_grace_days=0),
    domain(own={"message_limit_octets": 1 << 20}),
    domain(blank_users=3),
    own(blank_passwords="none"),
    user(own={"forwarding_on": False}),
    user(own=FORWARDING, forwards=("x@far.test", TIM.upper(), "tim+tag@a.test")),
    user(own=FORWARDING, kind="disabled"),
    facts(
        users=(UserFact(TIM, own=FORWARDING, forwards=("new@a.test",)),),
        domains=(DomainFact(A, catch_all=Owner(TIM)),),
    ),
    facts(
        users=(UserFact(TIM, own=FORWARDING, forwards=("tim@b.test",)),),
        domains=(DomainFact(A, aliases=("b.test",)),),
    ),
    user(own={"reply_on": True, "reply_text": "x", "reply_from": "Tim@a.test"}),
    user(own={"reply_text": ""}),
    user(is_administrator=True),
    user(kind="trap"),
]  # fmt: skip


def shown(found: Facts) -> list[tuple[str, str]]:
    return [
        (name, f"{one.kind} {one.field}: {one.reason}")
        for name, one in find_all(CHECKS, found)
    ]


def test_every_check_has_a_row():
    assert {name for name, _, _ in FOUND} == set(CHECKS)


@pytest.mark.parametrize(("name", "given", "words"), FOUND)
def test_a_check_finds(name: str, given: Facts, words: str):
    found = [told for one, told in shown(given) if one == name]

    assert any(told.startswith(words) for told in found), found


@pytest.mark.parametrize("given", CLEAN)
def test_what_is_sound_is_left_alone(given: Facts):
    assert shown(given) == []


def test_what_is_wrong_for_the_system_is_said_once():
    """Of domains, those are told that have set either of its two keys."""
    given = facts(
        own={"over_limit_notice": "percent", "over_limit_threshold": 101}
        | {"postmaster": TIM},
        domains=(
            DomainFact(A, own={"max_users": 5}),
            DomainFact("b.test", own={"over_limit_notice": "percent"}),
        ),
    )

    assert [told.partition(": ")[0] for _, told in shown(given)] == [
        "contradiction over_limit_threshold",
        "contradiction domain b.test",
    ]


def test_every_finding_has_a_cure():
    for name, given, _ in FOUND:
        for finding in CHECKS[name](given):
            assert finding.cure
            assert not finding.cure.endswith(".")


def test_filters_beyond_the_compared_ones_are_left_alone():
    """So that ten thousand wide ones are compared in time."""
    wide = [f"10.{n // 256}.{n % 256}.*" for n in range(300)]

    assert shown(filters(*wide, "10.0.0.1")) == [
        (
            "filter_without_effect",
            (
                "contradiction filter 301 (10.0.0.1): it never matches: filter 1 "
                "(10.0.0.*) before it matches all of it"
            ),
        )
    ]
    assert shown(filters(*wide, "10.1.43.1")) == []
