"""Who may do what: every kind of principal, of owner and of scope (TRUST I1, I2)."""

import pytest

from mailmax.webadmin.authorize import (
    Allowed,
    Anonymous,
    DomainAdministrator,
    OfAlias,
    OfDomain,
    OfUser,
    Refused,
    SystemAdministrator,
    User,
    Whose,
    covers,
    decide,
)

NOBODY = Anonymous()
SYSTEM = SystemAdministrator("root@a.test")
ADMIN = DomainAdministrator("chief@a.test", frozenset({"a.test"}))
USER = User("tim@a.test")
YES = Allowed.YES
A, B = OfDomain("a.test"), OfDomain("b.test")
OPEN = OfDomain("A.test", is_open=True)
TIM, ANNA, BOB = (OfUser(f"{name}.test") for name in ("tim@a", "anna@a", "bob@b"))
OWN = OfUser("Tim@A.test", is_own=True)


@pytest.mark.parametrize(
    ("principal", "read", "write"),
    [
        (NOBODY, [Refused.UNKNOWN] * 10, [Refused.UNKNOWN] * 10),
        (SYSTEM, [YES] * 10, [YES] * 10),
        (
            ADMIN,
            [YES, Refused.MISSING, YES, YES, Refused.MISSING, YES, YES, YES,
             Refused.MISSING, YES],
            [YES, Refused.MISSING, YES, Refused.FORBIDDEN, Refused.MISSING, YES, YES,
             YES, Refused.MISSING, YES],
        ),
        (
            USER,
            [YES, *[Refused.MISSING] * 8, YES],
            [YES, *[Refused.MISSING] * 8, YES],
        ),
    ],
)  # fmt: skip
def test_each_principal_may_what_is_said_and_no_more(principal, read, write):
    owners = (
        Whose.SIGNED_IN, Whose.SYSTEM, Whose.ADMINISTERED, A, B, OPEN, TIM, ANNA, BOB,
        OWN,
    )  # fmt: skip

    assert [decide(principal, "x:read", one) for one in owners] == read
    assert [decide(principal, "x:write", one) for one in owners] == write
    assert decide(principal, "x:write", Whose.EVERYBODY) is YES


@pytest.mark.parametrize(
    ("scopes", "scope", "held"),
    [
        (("domains:read",), "domains:read", True),
        (("domains:read",), "domains:write", False),
        (("domains:*",), "domains:write", True),
        (("*",), "users:write", True),
        ((), "users:read", False),
        (("dom*",), "domains:read", False),
    ],
)
def test_a_key_is_narrowed_to_its_scopes(scopes, scope, held):
    key = SystemAdministrator("root@a.test", scopes)

    assert covers(scopes, scope) is held
    assert decide(key, scope, Whose.SYSTEM) is (YES if held else Refused.SCOPE)


def test_addresses_on_other_names_of_a_domain_are_its_administrators_but_no_users():
    chief = DomainAdministrator(
        "chief@a.test", frozenset({"a.test"}), None, frozenset({"alt.test"})
    )

    for name, may in (("A.test", YES), ("Alt.test", YES), ("b.test", Refused.MISSING)):
        assert decide(chief, "x:write", OfAlias(f"info@{name}")) is may
    assert decide(chief, "x:read", OfUser("tim@alt.test")) is Refused.MISSING
    assert decide(chief, "x:read", OfDomain("alt.test")) is Refused.MISSING
    assert decide(USER, "x:read", OfAlias("tim@a.test")) is Refused.MISSING


def test_a_key_never_may_more_than_its_holder():
    key = DomainAdministrator("chief@a.test", frozenset({"a.test"}), ("*",))

    assert decide(key, "users:write", BOB) is Refused.MISSING
    assert decide(key, "settings:write", Whose.SYSTEM) is Refused.MISSING
