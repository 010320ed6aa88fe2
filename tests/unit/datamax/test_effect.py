"""What a change does to the tables: by topic, and never too much in one frame."""

import msgspec

from mailmax.datamax.effect import PIECE_ROWS, Effect
from mailmax.hub.contract.rows import (
    AliasRow,
    DomainRow,
    ForwardRow,
    ReplyRow,
    SettingRow,
    UserRow,
)
from mailmax.hub.contract.tables import ALL_TOPICS, FILER_TOPICS, LOGIN_TOPICS
from mailmax.hub.tables import Tables
from mailmax.wire.hub.frames import MEMBER_LIMIT_OCTETS

SMALL = Effect(
    settings=(SettingRow("hostname", '"mx"'),),
    domains=(DomainRow(1, "demo.test"),),
    users=(UserRow(1, "tim@demo.test", "h"),),
)


def test_a_small_change_is_one_update():
    [update] = SMALL.updates_for(ALL_TOPICS, b"e", 7)

    assert (update.version, update.whole, update.last) == (7, False, True)
    assert update.users == SMALL.users
    assert update.settings == SMALL.settings


def test_who_does_not_hold_addresses_is_not_told_of_them():
    [update] = SMALL.updates_for(LOGIN_TOPICS, b"e", 7)

    assert update.users == ()
    assert Effect(users=SMALL.users).updates_for(LOGIN_TOPICS, b"e", 7) == []


def test_a_large_change_comes_in_pieces_that_act_together():
    users = tuple(UserRow(n, f"u{n}@x", "h") for n in range(1, 2 * PIECE_ROWS + 2))
    tables = Tables()

    acted = [
        tables.apply(update)
        for update in Effect(users=users).updates_for(ALL_TOPICS, b"e", 1)
    ]

    assert acted == [False, False, True]
    assert len(tables.users) == len(users)


def test_an_address_that_changes_hands_in_one_large_change_has_its_new_owner():
    tables = Tables()
    tables.apply(
        Effect(
            users=(UserRow(1, "a@x", "h"), UserRow(2, "b@x", "h")),
            aliases=(AliasRow("info@x", 1),),
        ).updates_for(ALL_TOPICS, b"e", 1)[0]
    )
    more = tuple(UserRow(n, f"u{n}@x", "h") for n in range(10, 10 + PIECE_ROWS))

    for update in Effect(
        gone_aliases=("info@x",),
        gone_users=(1,),
        users=(*more, UserRow(3, "a@x", "h")),
        aliases=(AliasRow("info@x", 2),),
    ).updates_for(ALL_TOPICS, b"e", 2):
        tables.apply(update)

    assert tables.find("a@x").user_id == 3
    assert tables.find("info@x").user_id == 2


def test_only_the_filer_hears_of_forwards_and_no_frame_of_them_is_too_long():
    worst = tuple(f"{n:064}@{'d' * 253}" for n in range(100))
    effect = Effect(
        users=(UserRow(1, "a@x", "h"),),
        forwards=tuple(ForwardRow(n, worst) for n in range(1, 500)),
        replies=tuple(ReplyRow(n, "", "", "", "x" * 16_384, 7) for n in range(1, 500)),
    )
    tables = Tables()

    [small] = effect.updates_for(ALL_TOPICS, b"e", 1)
    updates = effect.updates_for(FILER_TOPICS, b"e", 1)

    assert small.forwards == small.replies == ()
    assert (
        max(len(msgspec.msgpack.encode(update)) for update in updates)
        < MEMBER_LIMIT_OCTETS
    )
    assert [tables.apply(update) for update in updates][-1]
    assert tables.forwards_of(499).addresses == worst
    assert tables.reply_of(499).every_days == 7
