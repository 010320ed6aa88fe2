"""The porter: pushed filters, compiled when they change, and trusted loopback."""

from types import SimpleNamespace

import pytest

from mailmax.hub.contract.rows import AccessRow, BanRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.porter import Porter
from mailmax.hub.tables import Tables
from mailmax.policy.access import AT_HOME, PERMITTED, TRUSTED, with_home


def tables_with(*rows: AccessRow) -> Tables:
    tables = Tables()
    tables.apply(TableUpdate(b"e", 1, True, access=rows))
    return tables


@pytest.mark.parametrize(
    ("peer", "yes"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("", True),
        ("192.0.2.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_loopback_is_exempt_where_it_is_trusted_but_does_not_relay(peer, yes):
    doors = tables_with().doors

    trusting = Porter(doors, trust_loopback=True).access_of(peer)
    assert trusting == (AT_HOME if yes else PERMITTED)
    assert trusting.is_exempt is yes
    assert not trusting.may_relay
    assert Porter(doors).access_of(peer) == PERMITTED


def test_a_filter_for_loopback_counts_beside_that():
    rows = (
        AccessRow(1, 0, 1, "127.0.0.1", "trusted"),
        AccessRow(2, 0, 2, "127.0.0.2", "banned"),
        AccessRow(3, 0, 3, "*", "custom", 4),
    )
    porter = Porter(tables_with(*rows).doors, trust_loopback=True)

    assert porter.access_of("127.0.0.1") == with_home(TRUSTED)
    assert porter.access_of("127.0.0.2").is_banned
    assert not porter.access_of("127.0.0.2").is_exempt
    assert porter.access_of("127.0.0.3").local_only
    assert porter.is_exempt("127.0.0.3")
    assert not porter.is_exempt("192.0.2.1")
    assert porter.meet(SimpleNamespace(peer="192.0.2.1", binding_id=0)).local_only


def test_filters_are_compiled_when_they_change_and_only_then():
    tables = tables_with(AccessRow(1, 0, 1, "192.0.2.1", "banned"))
    porter = Porter(tables.doors)
    lists = porter._lists

    tables.apply(TableUpdate(b"e", 2, False, bans=(BanRow(1, 0, "bad.test"),)))
    porter.refresh()
    assert porter._lists is lists
    tables.apply(TableUpdate(b"e", 3, False, gone_access=(1,)))
    porter.refresh()
    assert not porter.access_of("192.0.2.1").is_banned
    tables.apply(
        TableUpdate(b"f", 4, True, access=(AccessRow(1, 0, 1, "*", "banned"),))
    )
    porter.refresh()
    assert porter.access_of("192.0.2.9").is_banned
    assert len(tables.doors.bans) == 0


def test_the_order_is_the_positions_not_the_numbers():
    rows = (
        AccessRow(1, 0, 9, "*", "banned"),
        AccessRow(2, 0, 5, "192.0.2.*", "trusted"),
        AccessRow(3, 0, 7, "192.0.2.1", "banned"),
    )
    porter = Porter(tables_with(*rows).doors)

    assert porter.access_of("192.0.2.1").is_trusted
    assert porter.access_of("192.0.3.1").is_banned


def test_what_a_newer_hub_calls_a_pattern_matches_nobody():
    porter = Porter(tables_with(AccessRow(1, 0, 1, "country:xx", "banned")).doors)

    assert porter.access_of("192.0.2.1") == PERMITTED
