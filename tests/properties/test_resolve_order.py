"""Whose address that is, over domains of every kind, beside a dull oracle.

Theory:
    The oracle writes down who could be meant, in the order of DECISIONS 2 and 13, and
    takes the first. It looks at lists, where policy looks into tables.
"""

from hypothesis import given
from hypothesis import strategies as st

from cluster_rows import SHARED, member_rows
from mailmax.base.address import Address
from mailmax.hub.contract.rows import AliasRow, DomainRow, UserRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.tables import Tables
from mailmax.policy.recipients import NoUser, resolve

LOCALS = ("ann", "ann+x", "bob", "postmaster", "b+c+d", "b")
CATCHER = UserRow(99, "catcher@other.test", "home")
BOSS = UserRow(98, "boss@other.test", "home")


def oracle(local, kind, here, there, catch_all, in_sync, postmaster):
    names = [local, *([local.split("+")[0]] if "+" in local else [])]
    is_clustered = kind == "clustered"
    chain = [
        (kind == "relay", NoUser.PASSED_ON),
        *[(name in here, here.get(name)) for name in names],
        *[(is_clustered and name in there, there.get(name)) for name in names],
        (local == "postmaster" and postmaster, BOSS),
        (is_clustered and not in_sync, NoUser.UNSURE),
        (catch_all, CATCHER),
        (True, NoUser.UNKNOWN),
    ]
    return next(who for is_meant, who in chain if is_meant)


@given(
    local=st.sampled_from((*LOCALS, "nobody", "nobody+x")),
    kind=st.sampled_from(("normal", "clustered", "relay")),
    users=st.sets(st.sampled_from(LOCALS)),
    aliases=st.sets(st.sampled_from(LOCALS)),
    there=st.dictionaries(st.sampled_from(LOCALS), st.booleans()),
    catch_all=st.booleans(),
    in_sync=st.booleans(),
    postmaster=st.booleans(),
)
def test_the_order_is_here_then_members_then_catch_all(
    local, kind, users, aliases, there, catch_all, in_sync, postmaster
):
    rows = {
        name: UserRow(number, f"{name}@{SHARED}", "home")
        for number, name in enumerate(sorted(users), 1)
    }
    here = {**dict.fromkeys(aliases, BOSS), **rows}
    marked = [f"!{name}" if off else name for name, off in there.items()]
    tables = Tables()
    tables.apply(
        TableUpdate(
            b"epoch",
            1,
            True,
            domains=(
                DomainRow(1, SHARED, kind, catch_all=99 if catch_all else 0),
                DomainRow(2, "other.test"),
            ),
            users=(*rows.values(), CATCHER, BOSS),
            aliases=tuple(AliasRow(f"{name}@{SHARED}", 98) for name in aliases),
            **member_rows(*marked, is_in_sync=in_sync),
        )
    )
    master = "boss@other.test" if postmaster else ""

    found = resolve(tables, Address(local, SHARED), "other.test", master)

    answers = {
        name: NoUser.DISABLED if off else NoUser.ON_MEMBER
        for name, off in there.items()
    }
    expected = oracle(local, kind, here, answers, catch_all, in_sync, postmaster)
    assert found == expected
