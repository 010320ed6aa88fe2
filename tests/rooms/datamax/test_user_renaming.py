"""A user gets another name and stays the same user (USR-12)."""

import pytest

from mailmax.hub.contract.aliases import AddAlias, DeleteAlias, ListAliases
from mailmax.hub.contract.domains import AddDomainAlias, ChangeDomain
from mailmax.hub.contract.logins import LoginAccepted, LoginRefused, VerifyLogin
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import RenameUser, SetPassword


@pytest.fixture
async def desk(any_house):
    return await any_house.begin(
        "tim@demo.test", "eve@demo.test", domains=("demo.test", "other.test")
    )


async def test_number_home_password_and_references_stay(any_house, desk):
    service = await any_house.client()
    await desk.ask(ChangeDomain("other.test", {"catch_all": "tim@demo.test"}))
    await desk.ask(AddAlias("info@demo.test", "tim@demo.test"))
    before = service.tables.find("tim@demo.test")

    await desk.ask(RenameUser("tim@demo.test", "Timothy@demo.test"))

    after = service.tables.find("timothy@demo.test")
    assert (after.user_id, after.home) == (before.user_id, before.home)
    assert service.tables.find("tim@demo.test") is None
    assert service.tables.find("info@demo.test") == after
    assert service.tables.domain("other.test").catch_all == before.user_id
    for name, right in (("timothy", True), ("tim", False)):
        answer = await service.ask(
            VerifyLogin(f"{name}@demo.test", Secret("secret"), "imap", "::1", True)
        )
        assert isinstance(answer, LoginAccepted) is right


async def login(service, name, password="secret", way="imap"):
    return await service.ask(VerifyLogin(name, Secret(password), way, "::1", True))


async def test_who_keeps_the_old_address_logs_in_by_it_as_well(any_house, desk):
    service = await any_house.client()
    await desk.ask(RenameUser("tim@demo.test", "tom@demo.test", keep_old=True))

    old = await login(service, "tim%demo.test")
    new = await login(service, "tom@demo.test")
    wrong = await login(service, "tim@demo.test", "another")

    assert isinstance(old, LoginAccepted)
    assert (old.address, old.user_id) == ("tom@demo.test", new.user_id)
    assert isinstance(wrong, LoginRefused)


async def test_an_alias_logs_in_as_its_user_until_it_is_another_or_gone(
    any_house, desk
):
    service = await any_house.client()
    await desk.ask(AddDomainAlias("mail.demo.test", "demo.test"))
    await desk.ask(AddAlias("tim@mail.demo.test", "eve@demo.test"))
    await desk.ask(SetPassword("eve@demo.test", Secret("of-eve")))

    for password, owner in (("of-eve", "eve@demo.test"), ("secret", None)):
        answer = await login(service, "tim@mail.demo.test", password)
        assert getattr(answer, "address", None) == owner
    await desk.ask(DeleteAlias("tim@mail.demo.test"))
    for password, owner in (("secret", "tim@demo.test"), ("of-eve", None)):
        answer = await login(service, "tim@mail.demo.test", password)
        assert getattr(answer, "address", None) == owner


async def test_the_old_address_may_stay_an_alias_and_become_the_name_again(
    any_house, desk
):
    service = await any_house.client()
    await desk.ask(RenameUser("tim@demo.test", "tom@demo.test", keep_old=True))
    assert service.tables.find("tim@demo.test").address == "tom@demo.test"

    await desk.ask(RenameUser("tom@demo.test", "tim@demo.test"))

    assert service.tables.find("tim@demo.test").address == "tim@demo.test"
    assert service.tables.find("tom@demo.test") is None
    page = await desk.ask(ListAliases())
    assert page.rows == ()


@pytest.mark.parametrize(
    ("new", "kind", "field"),
    [
        ("eve@demo.test", "conflict", "new_address"),
        ("a..b@demo.test", "bad_value", "name"),
        ("tim@other.test", "bad_value", "new_address"),
    ],
)
async def test_a_name_that_cannot_be_is_refused(any_house, desk, new, kind, field):
    service = await any_house.client()

    refused = await desk.ask(RenameUser("tim@demo.test", new))

    assert (refused.kind, refused.field) == (kind, field)
    assert service.tables.find("tim@demo.test") is not None
