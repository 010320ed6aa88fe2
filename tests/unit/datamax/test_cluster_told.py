"""What members of a cluster tell, and what of it reaches our services (CLU-1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailmax.datamax.cluster import told as limits
from mailmax.datamax.cluster.told import Told, TooMany
from mailmax.datamax.effect import Effect
from mailmax.datamax.sharing import Clustered
from mailmax.hub.contract.rows import AliasRow, DomainRow, UserRow
from mailmax.hub.contract.tables import TableUpdate

D = "shared.test"


def user(number: int, local: str, kind="normal", domain: str = D) -> UserRow:
    return UserRow(number, f"{local}@{domain}", "home", kind, 5, 6, 7, 8)


def update(*, whole: bool = False, last: bool = True, **rows) -> TableUpdate:
    return TableUpdate(b"epoch", 3, whole, last, **rows)


def test_a_whole_table_counts_with_its_last_piece_and_touches_what_differs():
    told = Told()
    told.apply(update(whole=True, users=(user(1, "bob"), user(2, "eve"))))

    assert told.apply(update(whole=True, last=False, users=(user(1, "bob"),))) is None
    assert told.is_disabled(f"eve@{D}") is False
    touched = told.apply(update(whole=True, users=(user(3, "new", "disabled"),)))

    assert touched == {f"eve@{D}", f"new@{D}"}
    assert told.is_disabled(f"eve@{D}") is None
    assert told.is_disabled(f"new@{D}") is True


def test_pieces_of_a_whole_table_that_never_ended_are_worth_nothing():
    told = Told()
    told.apply(update(whole=True, users=(user(1, "bob"),)))
    told.apply(update(whole=True, last=False, users=(user(2, "eve"),)))

    told.drop_pieces()

    assert told.apply(update(users=(user(3, "new"),))) == {f"new@{D}"}
    assert set(told.addresses) == {f"bob@{D}", f"new@{D}"}


def test_a_renamed_user_who_keeps_the_old_name_has_both():
    told = Told()
    told.apply(update(whole=True, users=(user(1, "bob"),)))

    touched = told.apply(
        update(users=(user(1, "rob"),), aliases=(AliasRow(f"bob@{D}", 1),))
    )

    assert touched == set(told.addresses) == {f"bob@{D}", f"rob@{D}"}
    assert told.apply(update(gone_users=(1,), gone_aliases=(f"bob@{D}",))) == touched
    assert len(told) == 0


def test_more_than_is_kept_is_not_believed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MOST", 2)
    told = Told()
    bob, eve = user(1, "bob"), user(2, "eve")
    told.apply(update(whole=True, users=(bob, eve)))
    known = set(told.addresses)

    told.apply(update(whole=True, last=False, users=(bob, eve)))
    with pytest.raises(TooMany):
        told.apply(update(whole=True, last=False, users=(user(3, "new"),)))
    assert set(told.addresses) == known
    assert (told.epoch, told.version) == (b"", 0)

    with pytest.raises(TooMany):
        told.apply(update(users=(user(3, "new"),)))
    assert told.apply(update(whole=True, users=(bob,))) >= {f"new@{D}"}
    assert set(told.addresses) == {f"bob@{D}"}


_names = st.sampled_from("abcd")
_steps = st.one_of(
    st.tuples(st.just("set"), st.integers(1, 5), _names),
    st.tuples(st.just("drop"), st.integers(1, 5), _names),
)


@given(st.lists(st.lists(_steps, max_size=4), max_size=6), st.booleans())
def test_it_ends_with_the_same_addresses_as_a_whole_table_would(versions, is_cut):
    """Users come, go and change names; nobody has the name of another."""
    told, there = Told(), dict[int, str]()
    seen: set[str] = set()
    for steps in versions:
        for what, number, name in steps:
            gone = there.pop(number, None)
            if what == "set" and name not in there.values():
                there[number] = name
                rows = {"users": (user(number, name),)}
            elif gone is not None:
                rows = {"gone_users": (number,)}
            else:
                continue
            touched = told.apply(update(last=not is_cut, **rows))
            for address in touched or ():
                known = told.is_disabled(address) is not None
                (seen.add if known else seen.discard)(address)
        for address in told.apply(update()) or ():
            known = told.is_disabled(address) is not None
            (seen.add if known else seen.discard)(address)

    expected = {f"{name}@{D}" for name in there.values()}
    assert set(told.addresses) == seen == expected


def domain(number: int, name: str, *aliases: str, kind="clustered") -> DomainRow:
    return DomainRow(number, name, kind, aliases, ("smtp",), 9, 9, "x", 3)


def shared():
    clustered = Clustered()
    rows = (domain(1, D, "also.test"), domain(2, "own.test"))
    assert clustered.take(Effect(domains=rows))
    return clustered.share_with((D, "strange.test"))


def test_a_share_is_of_domains_that_both_have_and_of_nothing_else():
    part = shared().part_of(
        Effect(
            users=(user(1, "bob"), user(2, "eve", domain="own.test")),
            aliases=(AliasRow("rob@also.test", 1), AliasRow("x@own.test", 2)),
            gone_aliases=(f"old@{D}", "old@own.test"),
            domains=(domain(2, "own.test"),),
        )
    )

    assert part.users == (UserRow(1, f"bob@{D}", "", "normal"),)
    assert part.aliases == (AliasRow("rob@also.test", 1),)
    assert part.gone_aliases == (f"old@{D}",)
    assert (part.domains, part.settings) == ((), ())
    assert shared().domains == (DomainRow(1, D, "clustered", ("also.test",)),)


def test_a_trap_is_told_as_any_user():
    part = shared().part_of(Effect(users=(user(1, "trap", "trap"),)))
    assert part.users[0].kind == "normal"


def test_a_share_is_over_when_its_domains_change_and_not_before():
    share = shared()
    assert not share.is_over(Effect(domains=(domain(1, D, "also.test"),)))
    assert not share.is_over(Effect(domains=(domain(2, "own.test", "b.test"),)))
    assert not share.is_over(Effect(gone_domains=(2,)))
    assert share.is_over(Effect(domains=(domain(1, D),)))
    assert share.is_over(Effect(domains=(domain(1, D, "also.test", kind="normal"),)))
    assert share.is_over(Effect(domains=(domain(3, "strange.test"),)))
    assert share.is_over(Effect(gone_domains=(1,)))
