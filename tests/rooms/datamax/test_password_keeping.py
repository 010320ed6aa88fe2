"""How passwords are kept (GEN-5), and users without one (GEN-6)."""

import hashlib

import pytest

from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.domains import AddDomain, ChangeDomain
from mailmax.hub.contract.logins import (
    LoginAccepted,
    LoginRefused,
    VerifyApop,
    VerifyLogin,
)
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.users import (
    AddUser,
    ChangeUser,
    ImportRow,
    ImportUsers,
    SetApopSecret,
    SetPassword,
)
from mailmax.store.accounts import units

CHALLENGE = "<1.2@mx.demo.test>"


@pytest.fixture
async def desk(house):
    return await house.begin("tim@demo.test", password="right")


def kept(house, address="tim@demo.test"):
    [row] = house.hub._common.database.run(units.find_credentials, [address])
    return row


async def login(desk, password, service="imap", peer="127.0.0.1", name="tim"):
    trusted = peer == "127.0.0.1"  # as the service has found it
    return await desk.ask(
        VerifyLogin(
            f"{name}@demo.test", Secret(password), service, peer, True, "", trusted
        )
    )


async def apop(desk, secret, name="tim@demo.test"):
    digest = hashlib.md5((CHALLENGE + secret).encode()).hexdigest()
    answer = await desk.ask(VerifyApop(name, CHALLENGE, digest, "127.0.0.1", True))
    return isinstance(answer, LoginAccepted)


async def settled(house):
    """Wait until what a login began in the background is done."""
    for chore in tuple(house.hub._logins.desk._chores):
        await chore


@pytest.mark.parametrize("keeping", ["hashed", "encrypted", "clear"])
async def test_a_setting_applies_at_the_next_login_and_back_again(house, desk, keeping):
    await desk.ask(SetSetting("password_keeping", keeping))
    assert kept(house).password_hash.startswith("$argon2id$")

    assert isinstance(await login(desk, "right"), LoginAccepted)
    await settled(house)

    row = kept(house)
    assert (row.password_hash == "{CLEAR}right") is (keeping == "clear")
    assert (row.apop_secret is not None) is (keeping == "encrypted")
    assert await apop(desk, "right") is (keeping != "hashed")
    assert isinstance(await login(desk, "wrong"), LoginRefused)
    await desk.ask(SetSetting("password_keeping", "hashed"))
    assert isinstance(await login(desk, "right"), LoginAccepted)
    await settled(house)
    row = kept(house)
    assert row.password_hash.startswith("$argon2id$")
    assert row.apop_secret is None


async def test_a_new_password_is_kept_as_the_setting_says(house, desk):
    await desk.ask(SetSetting("password_keeping", "encrypted"))
    await desk.ask(SetPassword("tim@demo.test", Secret("other-word")))

    assert await apop(desk, "other-word")
    assert not await apop(desk, "right")


async def test_a_secret_of_its_own_outlives_every_change_of_the_password(house, desk):
    await desk.ask(SetApopSecret("tim@demo.test", Secret("own-secret")))
    await desk.ask(SetSetting("password_keeping", "encrypted"))
    assert isinstance(await login(desk, "right"), LoginAccepted)
    await settled(house)
    await desk.ask(SetPassword("tim@demo.test", Secret("other-word")))

    assert await apop(desk, "own-secret")
    assert not await apop(desk, "other-word")


@pytest.fixture
async def blank(house, desk):
    await desk.ask(AddUser("eve@demo.test", Secret(""), {}, blank=True))
    return desk


async def test_a_blank_password_must_be_meant(desk):
    refused = await desk.ask(AddUser("eve@demo.test", Secret("")))

    assert (refused.kind, refused.field) == ("bad_value", "password")


async def test_without_a_password_nobody_enters_by_default(blank):
    for service in ("imap", "pop3", "smtp"):
        answer = await login(blank, "anything", service, name="eve")
        assert answer == LoginRefused("AUTHENTICATION_FAILED", 0.0)


async def test_the_first_password_given_to_imap_becomes_the_users(house, blank):
    await blank.ask(SetSetting("blank_passwords", "fill"))

    assert isinstance(await login(blank, "mine", "smtp", name="eve"), LoginRefused)
    assert isinstance(await login(blank, "with space", name="eve"), LoginRefused)
    assert isinstance(await login(blank, "mine", name="eve"), LoginAccepted)
    assert isinstance(await login(blank, "yours", name="eve"), LoginRefused)
    assert isinstance(await login(blank, "mine", "smtp", name="eve"), LoginAccepted)
    assert kept(house, "eve@demo.test").password_hash.startswith("$argon2id$")


async def test_any_password_will_do_from_trusted_addresses_and_never_to_send(blank):
    await blank.ask(ChangeDomain("demo.test", {"blank_passwords": "none"}))

    assert isinstance(await login(blank, "one", name="eve"), LoginAccepted)
    assert isinstance(await login(blank, "two", "pop3", name="eve"), LoginAccepted)
    for service, peer in (("smtp", "127.0.0.1"), ("imap", "192.0.2.1")):
        answer = await login(blank, "one", service, peer, "eve")
        assert isinstance(answer, LoginRefused)


async def test_a_password_may_be_taken_away(house, blank):
    await blank.ask(SetPassword("tim@demo.test", Secret(""), blank=True))

    assert kept(house).password_hash == ""
    assert isinstance(await login(blank, "right"), LoginRefused)


@pytest.mark.parametrize("service", ["pop3", "imap", "smtp", "web"])
async def test_a_suspended_service_is_told_to_who_knows_the_password(desk, service):
    assert isinstance(await login(desk, "right", service), LoginAccepted)

    await desk.ask(ChangeDomain("demo.test", {"suspended": service}))

    assert await login(desk, "right", service) == LoginRefused("SERVICE_SUSPENDED")
    assert (await login(desk, "wrong", service)).reason == "AUTHENTICATION_FAILED"
    for other in {"pop3", "imap", "smtp", "web"} - {service}:
        assert isinstance(await login(desk, "right", other), LoginAccepted)


async def test_apop_is_required_only_when_nobody_is_locked_out(any_house):
    """POP-1, DECISIONS 16: those who lack a secret are counted, the first named."""
    await any_house.start()
    desk = await any_house.admin()
    await desk.ask(AddDomain("demo.test"))
    names = [f"u{number}@demo.test" for number in range(7)]
    for name in names:
        await any_house.add_user(desk, name)
    require = SetSetting("apop_required", "on")

    denied = await desk.ask(require)

    assert isinstance(denied, Denied)
    assert denied.reason.startswith("7 users ")
    assert denied.reason.endswith(f": {', '.join(names[:5])} and 2 more")
    for name in names[:4]:
        await desk.ask(SetApopSecret(name, Secret("apop-secret")))
    await desk.ask(ChangeUser(names[4], {"kind": "disabled"}))
    for keeping, name in (("encrypted", names[5]), ("clear", names[6])):
        denied = await desk.ask(require)
        assert isinstance(denied, Denied)
        await desk.ask(SetSetting("password_keeping", keeping))
        await desk.ask(SetPassword(name, Secret("a-new-one")))
    assert isinstance(await desk.ask(require), Changed)
    assert isinstance(await desk.ask(SetSetting("apop_required", "off")), Changed)


# APOP required (POP-1): whoever may log in to POP3 keeps something it works with


TIM, NEW = "tim@demo.test", "new@demo.test"


@pytest.fixture
async def required(desk):
    """Give a hub that requires APOP; tim has a secret of his own."""
    await desk.ask(SetApopSecret("tim@demo.test", Secret("own-secret")))
    assert isinstance(await desk.ask(SetSetting("apop_required", "on")), Changed)
    return desk


def assert_apop_is_missed(denied):
    assert isinstance(denied, Denied)
    assert (denied.kind, denied.field) == ("conflict", "apop_required")
    assert "--apop-secret" in denied.cure


async def test_a_new_user_needs_something_that_apop_works_with(house, required):
    for request in (
        AddUser(NEW, Secret("a-word")),
        AddUser(NEW, Secret(""), {}, True),
    ):
        assert_apop_is_missed(await required.ask(request))
    answer = await required.ask(ImportUsers((ImportRow(NEW, Secret("a-word")),)))
    assert_apop_is_missed(answer.refused[0].why)
    disabled = AddUser("off@demo.test", Secret("a-word"), {"kind": "disabled"})
    assert isinstance(await required.ask(disabled), Changed)
    bad = await required.ask(
        AddUser(NEW, Secret("a-word"), {}, False, Secret("two words"))
    )
    assert (bad.kind, bad.field) == ("bad_value", "apop_secret")

    with_secret = AddUser(NEW, Secret("a-word"), {}, False, Secret("apop-word"))
    assert isinstance(await required.ask(with_secret), Changed)

    assert await apop(required, "apop-word", NEW)
    assert not await apop(required, "a-word", NEW)
    assert isinstance(await login(required, "a-word", name="new"), LoginAccepted)


@pytest.mark.parametrize("keeping", ["encrypted", "clear"])
async def test_a_password_that_is_kept_so_will_do(house, required, keeping):
    await required.ask(SetSetting("password_keeping", keeping))

    assert isinstance(await required.ask(AddUser(NEW, Secret("a-word"))), Changed)

    assert await apop(required, "a-word", NEW)
    denied = await required.ask(SetSetting("password_keeping", "hashed"))
    assert denied.reason == f"1 user would have nothing that APOP works with: {NEW}"
    denied = await required.ask(SetSetting("password_keeping", ""))  # the default
    assert denied.field == "password_keeping"
    await required.ask(SetApopSecret(NEW, Secret("its-own")))
    assert isinstance(
        await required.ask(SetSetting("password_keeping", "hashed")), Changed
    )
    assert isinstance(await login(required, "a-word", name="new"), LoginAccepted)
    await settled(house)
    assert await apop(required, "its-own", NEW)


async def test_what_apop_works_with_is_not_taken_away(required):
    assert_apop_is_missed(await required.ask(SetApopSecret(TIM, Secret(""))))
    assert await apop(required, "own-secret")
    changed = await required.ask(SetPassword(TIM, Secret("another-word")))
    assert isinstance(changed, Changed)  # the secret is another matter
    await required.ask(SetSetting("password_keeping", "encrypted"))
    assert isinstance(await required.ask(AddUser(NEW, Secret("a-word"))), Changed)
    a_hash = "{SSHA}" + "A" * 32
    for request in (
        SetPassword(NEW, Secret(a_hash)),
        SetPassword(NEW, Secret(""), True),
        SetApopSecret(NEW, Secret("")),
    ):
        assert_apop_is_missed(await required.ask(request))
    assert await apop(required, "a-word", NEW)


async def test_who_is_let_in_again_needs_it_too(required):
    off = AddUser(NEW, Secret("a-word"), {"kind": "disabled"})
    assert isinstance(await required.ask(off), Changed)

    for value in ("normal", ""):
        assert_apop_is_missed(await required.ask(ChangeUser(NEW, {"kind": value})))
    assert isinstance(await required.ask(ChangeUser(NEW, {"kind": "trap"})), Changed)
    await required.ask(SetApopSecret(NEW, Secret("its-own")))

    assert isinstance(await required.ask(ChangeUser(NEW, {"kind": "normal"})), Changed)


async def test_copies_that_go_at_the_next_login_do_not_count(required):
    """Passwords were kept encrypted once, and are to be hashed now."""
    for key, value in (("apop_required", "off"), ("password_keeping", "encrypted")):
        await required.ask(SetSetting(key, value))
    await required.ask(AddUser(NEW, Secret("a-word")))
    await required.ask(SetSetting("password_keeping", "hashed"))

    denied = await required.ask(SetSetting("apop_required", "on"))

    assert denied.reason == f"1 user has nothing that APOP works with: {NEW}"
