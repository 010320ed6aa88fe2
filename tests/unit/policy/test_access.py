"""IP filters: what may be written, what matches, what holds (IPF-1, IPF-2, CON-1)."""

import itertools

import pytest

from mailmax.policy.access import (
    ALL_FLAGS,
    BANNED,
    LOCAL_ONLY,
    MAY_RELAY,
    NO_LOGIN_NEEDED,
    NO_RELAY_CHECK,
    PERMITTED,
    TRUSTED,
    Access,
    FilterList,
    Pattern,
    check_flags,
    combine,
    octets_of,
    read_pattern,
    with_home,
)
from mailmax.settings.field import BadValue


def matches(pattern: str, *clients: str) -> list[bool]:
    read = read_pattern(pattern)
    assert isinstance(read, Pattern), read
    found = FilterList([(read, TRUSTED)])
    return [found.match(octets_of(client)) is TRUSTED for client in clients]


@pytest.mark.manual("5.4")
def test_the_manuals_examples():
    assert matches("192.168.1.10", "192.168.1.10", "192.168.1.11") == [True, False]
    assert matches("192.168.1.1-20", "192.168.1.9", "192.168.1.44") == [True, False]
    assert matches("192.168.1.*", "192.168.1.99", "192.168.2.99") == [True, False]
    assert matches("147.89.8-15.*", "147.89.8.0", "147.89.15.255", "147.89.16.1") == [
        True, True, False,
    ]  # fmt: skip


@pytest.mark.manual("4.8")
def test_the_first_that_matches_decides():
    wide, narrow = read_pattern("147.89.*.*"), read_pattern("147.89.8-15.*")
    client = octets_of("147.89.9.1")

    assert FilterList([(wide, BANNED), (narrow, TRUSTED)]).match(client) is BANNED
    assert FilterList([(narrow, TRUSTED), (wide, BANNED)]).match(client) is TRUSTED


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*", ["1.2.3.4", "2001:db8::1", "::1"], ["", "nonsense"]),
        ("*.*.*.*", ["1.2.3.4", "::ffff:9.9.9.9"], ["2001:db8::1"]),
        ("1-2.*.0.255", ["1.7.0.255", "2.0.0.255"], ["3.7.0.255", "1.7.1.255"]),
        ("10.0.0.0/8", ["10.255.0.1"], ["11.0.0.1", "::a00:1"]),
        ("10.64.0.0/10", ["10.64.0.0", "10.127.255.255"], ["10.63.1.1", "10.128.0.0"]),
        ("192.0.2.1/32", ["192.0.2.1"], ["192.0.2.0"]),
        ("0.0.0.0/0", ["9.9.9.9"], ["::1"]),
        ("2001:db8::/32", ["2001:db8:ffff::1"], ["2001:db9::1", "32.1.13.184"]),
        ("2001:DB8::7", ["2001:db8:0::7", "2001:db8::7%eth0"], ["2001:db8::8"]),
        ("fe80::/10", ["fe80::1%eth0", "febf::1"], ["fec0::1"]),
        ("::ffff:192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.8"]),
        ("::ffff:192.0.2.0/120", ["192.0.2.9"], ["192.0.3.9"]),
        ("::/0", ["::1", "2001:db8::1"], ["1.2.3.4", "::ffff:1.2.3.4"]),
    ],
)
def test_patterns(pattern, yes, no):
    assert matches(pattern, *yes) == [True] * len(yes)
    assert matches(pattern, *no) == [False] * len(no)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        (" 192.168.1.1-20 ", "192.168.1.1-20"),
        ("192.168.0-255.7-7", "192.168.*.7"),
        ("10.0.0.1/32", "10.0.0.1"),
        ("2001:DB8:0:0::/32", "2001:db8::/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("*", "*"),
    ],
)
def test_a_pattern_has_one_written_form_that_reads_as_itself(typed, written):
    read = read_pattern(typed)

    assert read.text == written
    assert read_pattern(written) == read


@pytest.mark.manual("12")
@pytest.mark.parametrize(
    "typed",
    [
        "", "  ", "192.168.1", "192.168.1.*.*", "192.168..1", "256.1.1.1", "1.1.1.-1",
        "1.1.1.1-", "1.1.1.1-2-3", "1.1.1.20-1", "01.1.1.1", "1.1.1.1e1", "**",
        "1.1.1.1/33", "1.1.1.1/8", "1.1.1.*/24", "1.1.1.1/255.0.0.0", "::1/129",
        "2001:db8::1/32", "fe80::1%eth0", "::g", "host.example",
        "1.1.1.\N{SUPERSCRIPT TWO}", "1.1.1.1 2", "1" * 200, "1.2.3.4\0",
        "10.0.0.0/\N{ARABIC-INDIC DIGIT EIGHT}",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_field_reason_and_cure(typed):
    bad = read_pattern(typed)

    assert isinstance(bad, BadValue), bad
    assert bad.field == "ip"
    assert bad.reason
    assert bad.cure


def test_the_cure_names_what_was_meant():
    assert "give 1.1.1.0/24" in read_pattern("1.1.1.1/24").cure
    assert "1-20" in read_pattern("1.1.1.20-1").cure


@pytest.mark.manual("5.4")
def test_kinds_and_flags():
    def holds(access: Access) -> list[bool]:
        return [
            access.is_banned, access.is_trusted, access.may_relay, access.local_only,
            access.needs_no_login, access.skips_relay_check, access.is_exempt,
        ]  # fmt: skip

    assert holds(PERMITTED) == [False] * 7
    assert holds(BANNED) == [True] + [False] * 6
    assert holds(TRUSTED) == [False, True, True, False, True, True, True]
    assert holds(Access("custom")) == [False] * 7
    assert holds(Access("custom", MAY_RELAY)) == [
        False, False, True, False, False, False, False,
    ]  # fmt: skip
    assert holds(Access("custom", LOCAL_ONLY | NO_LOGIN_NEEDED | NO_RELAY_CHECK)) == [
        False, False, False, True, True, True, False,
    ]  # fmt: skip
    at_home = with_home(PERMITTED)
    assert at_home.is_exempt
    assert not at_home.may_relay
    assert not at_home.needs_no_login


def test_flags_that_make_no_sense_are_refused():
    assert check_flags("custom", MAY_RELAY | NO_LOGIN_NEEDED) is None
    assert check_flags("permitted", 0) is None
    for kind, flags in (
        ("friend", 0), ("trusted", MAY_RELAY), ("custom", ALL_FLAGS + 1),
        ("custom", MAY_RELAY | LOCAL_ONLY), ("custom", -1),
    ):  # fmt: skip
        assert isinstance(check_flags(kind, flags), BadValue), (kind, flags)


def test_the_systems_list_and_the_connections():
    """DECISIONS 9: a ban of either wins; else the connection's, the system's, none."""
    custom = Access("custom", MAY_RELAY)
    for system, own in itertools.product(
        [None, PERMITTED, TRUSTED, BANNED, custom], repeat=2
    ):
        found = combine(system, own)
        if BANNED in (system, own):
            assert found is BANNED
        elif own is not None:
            assert found is own
        else:
            assert found is (system or PERMITTED)
