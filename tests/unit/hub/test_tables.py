"""Pushed tables: whole, in pieces, differences, and never half a change."""

import pytest

from mailmax.hub.contract.rows import (
    FORWARDS,
    REPLIES,
    AliasRow,
    DomainRow,
    ForwardRow,
    ReplyRow,
    SettingRow,
    UserRow,
)
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.tables import Tables

TIM = UserRow(1, "tim@demo.test", "demo.test/aa/tim~1")
WHOLE = TableUpdate(
    b"e",
    1,
    True,
    settings=(SettingRow("hostname", '"mx"'),),
    domains=(DomainRow(1, "demo.test"),),
    users=(TIM,),
    aliases=(AliasRow("info@demo.test", 1),),
)


@pytest.fixture
def tables():
    held = Tables()
    assert held.apply(WHOLE)
    return held


def test_before_anything_came_nothing_is_known_and_defaults_hold():
    held = Tables()

    assert not held.are_known
    assert held.find("tim@demo.test") is None
    assert held.setting("datamax_timeout_s") == 120


def test_a_setting_that_is_not_declared_is_a_bug():
    with pytest.raises(KeyError):
        Tables().setting("colour")


def test_users_are_found_by_address_alias_and_number(tables):
    assert tables.find("tim@demo.test") is TIM
    assert tables.find("info@demo.test") is TIM
    assert tables.users.by_id(1) is TIM
    assert tables.users.by_id(2) is None
    assert tables.find("INFO@demo.test") is None
    assert tables.domain("demo.test")
    assert tables.setting("hostname") == "mx"
    assert tables.domains == (DomainRow(1, "demo.test"),)


def test_a_version_in_pieces_acts_only_when_it_is_whole(tables):
    tom = UserRow(2, "tom@demo.test", "x")

    first = tables.apply(TableUpdate(b"e", 2, False, False, gone_users=(1,)))
    assert not first
    assert tables.find("tim@demo.test") is TIM
    assert tables.version == 1
    assert tables.apply(TableUpdate(b"e", 2, False, True, users=(tom,)))

    assert tables.find("tim@demo.test") is None
    assert tables.find("info@demo.test") is None
    assert tables.find("tom@demo.test") is tom
    assert tables.version == 2


def test_whole_tables_forget_what_was_known(tables):
    tables.apply(TableUpdate(b"f", 1, True))

    assert tables.find("tim@demo.test") is None
    assert tables.domain("demo.test") is None
    assert tables.epoch == b"f"


def test_a_lost_connection_drops_half_a_version(tables):
    tables.apply(TableUpdate(b"e", 2, True, False))

    tables.drop_pieces()
    tables.apply(TableUpdate(b"e", 2, False, aliases=(AliasRow("t@demo.test", 1),)))

    assert tables.find("t@demo.test") is TIM


def test_a_renamed_user_is_found_under_the_new_address_only(tables):
    new = UserRow(1, "timothy@demo.test", TIM.home)

    tables.apply(TableUpdate(b"e", 2, False, users=(new,)))

    assert tables.find("tim@demo.test") is None
    assert tables.find("timothy@demo.test") is new


def test_an_address_that_goes_to_another_user_stays_with_the_other(tables):
    """Rows may come in an order in which the old owner is removed last."""
    heir = UserRow(2, "tim@demo.test", "x")

    tables.apply(TableUpdate(b"e", 2, False, False, users=(heir,)))
    tables.apply(TableUpdate(b"e", 2, False, gone_users=(1,)))

    assert tables.find("tim@demo.test") is heir


def test_rows_may_come_twice(tables):
    tables.apply(WHOLE)
    tables.apply(TableUpdate(b"e", 2, False, users=(TIM,)))

    assert len(tables.users) == 1


def test_what_is_gone_is_gone(tables):
    tables.apply(
        TableUpdate(
            b"e",
            2,
            False,
            gone_domains=(1, 99),
            gone_users=(1, 99),
            gone_aliases=("info@demo.test", "never@demo.test"),
        )
    )

    assert tables.domain("demo.test") is None
    assert tables.find("info@demo.test") is None
    assert len(tables.users) == 0


LIST = ForwardRow(1, ("far@away.test",))
REPLY = ReplyRow(1, "", "", "", "Away.\n", 7)


def test_forwards_and_replies_go_with_the_flags_of_their_user(tables):
    both = UserRow(1, TIM.address, TIM.home, flags=FORWARDS | REPLIES)
    tables.apply(
        TableUpdate(b"e", 2, False, users=(both,), forwards=(LIST,), replies=(REPLY,))
    )
    assert (tables.forwards_of(1), tables.reply_of(1)) == (LIST, REPLY)

    one = UserRow(1, TIM.address, TIM.home, flags=REPLIES)
    tables.apply(TableUpdate(b"e", 3, False, users=(one,)))
    assert (tables.forwards_of(1), tables.reply_of(1)) == (None, REPLY)

    tables.apply(TableUpdate(b"e", 4, False, gone_users=(1,)))
    assert (tables.forwards_of(1), tables.reply_of(1)) == (None, None)
