"""The other systems of the cluster, as a service holds them (CLU-1)."""

import pytest

from cluster_rows import SHARED, member_rows
from mailmax.hub.cluster_table import ClusterTable
from mailmax.hub.contract.tables import TableUpdate
from mailmax.policy.recipients import NoUser


@pytest.fixture
def table() -> ClusterTable:
    return ClusterTable()


def take(table: ClusterTable, **rows) -> None:
    table.take(TableUpdate(b"epoch", 1, False, **rows))


def holder(table: ClusterTable, local: str, domain: str = SHARED) -> str:
    row = table.member_with(local, domain)
    return "" if row is None else row.name


def test_without_members_nothing_is_known_and_nothing_unsure(table):
    assert table.is_in_sync
    assert table.find("bob", SHARED) is None
    assert table.senders == frozenset()


@pytest.mark.parametrize(
    ("local", "found"),
    [
        ("bob", NoUser.ON_MEMBER),
        ("bob+tag", NoUser.ON_MEMBER),
        ("a+b", NoUser.ON_MEMBER),
        ("off", NoUser.DISABLED),
        ("off+tag", NoUser.DISABLED),
        ("eve", None),
        ("+bob", None),
    ],
)
def test_an_address_is_found_as_it_stands_or_before_a_plus(table, local, found):
    take(table, **member_rows("bob", "a+b", "!off"))

    assert table.find(local, SHARED) is found
    assert table.find(local, "other.test") is None


def test_a_domain_goes_by_the_names_that_the_member_knows(table):
    domains = ((SHARED, "also.test"),)
    take(table, **member_rows("bob", domains=domains))
    take(table, **member_rows("eve", number=2, name="gamma"))

    assert holder(table, "bob", "also.test") == "beta"
    assert holder(table, "eve", SHARED) == "gamma"
    assert holder(table, "eve", "also.test") == ""


def test_who_is_on_two_members_is_where_the_mail_is_taken(table):
    take(table, **member_rows("!bob", "eve"))
    take(table, **member_rows("bob", "eve", number=2, name="gamma"))
    assert holder(table, "bob") == "gamma"
    assert holder(table, "eve") == "beta"

    take(table, **member_rows(is_in_sync=False))

    assert holder(table, "eve") == "gamma"
    assert not table.is_in_sync
    assert table.silent == ("beta",)


def test_what_is_gone_is_not_found_any_more(table):
    take(table, **member_rows("bob", "eve", addresses=("192.0.2.7",)))
    assert table.senders == {"192.0.2.7"}

    take(table, gone_shared=((1, f"bob@{SHARED}"),))
    assert [holder(table, one) for one in ("bob", "eve")] == ["", "beta"]

    take(table, gone_members=(1,))
    assert holder(table, "eve") == ""
    assert table.senders == frozenset()
