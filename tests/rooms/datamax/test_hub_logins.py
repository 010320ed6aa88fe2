"""Logins as strangers try them: TRUST G1 to G6, and imported users."""

import asyncio
import base64
import hashlib
import statistics
import time

import pytest

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.datamax import schemes
from mailmax.hub.contract.logins import (
    LoginAccepted,
    LoginRefused,
    VerifyApop,
    VerifyLogin,
)
from mailmax.hub.contract.message import Denied, Secret
from mailmax.hub.contract.users import (
    ChangeUser,
    Imported,
    ImportRow,
    ImportUsers,
    ListUsers,
    SetApopSecret,
)
from mailmax.store.accounts import units


def login(name: str, password: str, peer: str = "127.0.0.1") -> VerifyLogin:
    trusted = peer == "127.0.0.1"  # as the service has found it
    return VerifyLogin(name, Secret(password), "imap", peer, True, "", trusted)


@pytest.fixture
async def desk(house):
    return await house.begin("tim@demo.test", password="right")


def kept(house, address: str = "tim@demo.test"):
    [row] = house.hub._common.database.run(units.find_credentials, [address])
    return row


async def test_a_set_password_is_argon2id_with_scram_keys_beside_it(house, desk):
    row = kept(house)

    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(row.scram_salt) >= 16


WRONG = ["", "x" * 1025, "right\0", "\0", "Right", "righ", "right ", "é" * 513]


@pytest.mark.parametrize("password", WRONG, ids=range(len(WRONG)))
async def test_a_password_that_is_not_the_right_one_is_refused(desk, password):
    answer = await desk.ask(login("tim@demo.test", password))

    assert answer == LoginRefused("AUTHENTICATION_FAILED", 0.0)


async def test_what_is_not_text_is_a_failure_and_leaves_no_trace(desk):
    with pytest.raises(PermanentFailure, match="not text"):
        await desk.ask(login("tim@demo.test", "ri\ud800ght"))

    assert desk._calls.pending == ()


@pytest.mark.parametrize("length", [73, 200, 1023, 1024])
async def test_no_password_is_cut_short(house, desk, length):
    long = "p" * length
    await house.add_user(desk, "long@demo.test", long)

    assert isinstance(await desk.ask(login("long@demo.test", long)), LoginAccepted)
    cut = await desk.ask(login("long@demo.test", long[:72]))
    assert isinstance(cut, LoginRefused)


async def test_composed_and_decomposed_letters_are_the_same_password(house, desk):
    await house.add_user(desk, "rene@demo.test", "Ren\u00e9")

    answer = await desk.ask(login("rene@demo.test", "Rene\u0301"))

    assert isinstance(answer, LoginAccepted)


async def test_time_does_not_tell_who_exists(house, desk):
    """TRUST G3, the small form: existing, missing and disabled users cost the same."""
    await house.add_user(desk, "off@demo.test", "right")
    await desk.ask(ChangeUser("off@demo.test", {"kind": "disabled"}))
    await desk.ask(ImportUsers((ImportRow("new@demo.test", Secret("right")),)))
    names = ("tim@demo.test", "nobody@demo.test", "off@demo.test", "new@demo.test")
    times: dict[str, list[float]] = {name: [] for name in names}

    for _ in range(25):
        for name in names:
            begin = time.process_time()  # who else is at work here is not to count
            await desk.ask(login(name, "wrong"))
            times[name].append(time.process_time() - begin)

    medians = [statistics.median(times[name]) for name in names]
    assert max(medians) < 1.5 * min(medians)


async def test_wrong_tries_are_delayed_more_and_more_and_then_not_heard(desk):
    """TRUST G4: and the user still gets in from elsewhere."""
    delays = []
    for _ in range(20):
        answer = await desk.ask(login("tim@demo.test", "wrong", "192.0.2.7"))
        assert isinstance(answer, LoginRefused)
        delays.append(answer.retry_after_s)

    assert delays[0] == 1.0
    assert delays == sorted(delays)
    assert delays[-1] == 15.0
    unheard = await desk.ask(login("tim@demo.test", "right", "192.0.2.7"))
    assert isinstance(unheard, LoginRefused)
    elsewhere = await desk.ask(login("tim@demo.test", "right", "198.51.100.1"))
    assert isinstance(elsewhere, LoginAccepted)


async def test_who_guesses_is_not_heard_although_the_password_is_remembered(desk):
    """TRUST G4: a right guess would be told from a wrong one, as often as you like."""
    elsewhere = login("tim@demo.test", "right", "198.51.100.1")
    assert isinstance(await desk.ask(elsewhere), LoginAccepted)
    for _ in range(20):
        await desk.ask(login("tim@demo.test", "wrong", "192.0.2.7"))

    answer = await desk.ask(login("tim@demo.test", "right", "192.0.2.7"))

    assert isinstance(answer, LoginRefused)
    assert isinstance(await desk.ask(elsewhere), LoginAccepted)


async def test_peers_that_a_service_trusts_are_not_delayed(desk):
    answers = [await desk.ask(login("tim@demo.test", "wrong")) for _ in range(25)]

    assert answers == [LoginRefused("AUTHENTICATION_FAILED", 0.0)] * 25


async def test_too_many_at_once_are_put_off_and_the_hub_stays_awake(desk):
    """TRUST G5: two hundred at once; fifty wait, the rest hears "later" at once."""
    lags = []

    async def watch():
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - begin - 0.005)

    watching = asyncio.create_task(watch())
    answers = await asyncio.gather(
        *(desk.ask(login(f"u{n}@demo.test", "x")) for n in range(200)),
        return_exceptions=True,
    )
    watching.cancel()

    put_off = [one for one in answers if isinstance(one, TemporaryFailure)]
    assert 100 <= len(put_off) <= 150
    assert all("too many logins" in one.text for one in put_off)
    assert len(put_off) + sum(isinstance(a, LoginRefused) for a in answers) == 200
    # On the loop, fifty hashes would hold it for two seconds.
    assert statistics.quantiles(lags, n=100)[-1] < 1.0


async def test_a_right_password_is_remembered_a_wrong_one_is_not(house, desk):
    await desk.ask(login("tim@demo.test", "right"))
    house.hub._common.pool.run = None  # from here on nothing can be hashed

    assert isinstance(await desk.ask(login("TIM@demo.test", "right")), LoginAccepted)
    with pytest.raises(TemporaryFailure):
        await desk.ask(login("tim@demo.test", "wrong"))


async def test_the_database_away_is_never_a_wrong_password(house, desk):
    """TRUST D12."""

    def broken(*_):
        raise TemporaryFailure("the database does not work")

    house.hub._common.database._run = broken

    with pytest.raises(TemporaryFailure, match="database"):
        await desk.ask(login("nobody@demo.test", "x"))


# APOP


def apop(secret: str, challenge: str = "<1.2@host>", name: str = "tim@demo.test"):
    digest = hashlib.md5((challenge + secret).encode()).hexdigest()
    return VerifyApop(name, challenge, digest, "127.0.0.1", True, "", True)


async def test_apop_works_with_its_own_secret_only(house, desk):
    """TRUST F1: nobody has one unasked, and it is kept encrypted."""
    assert isinstance(await desk.ask(apop("right")), LoginRefused)

    await desk.ask(SetApopSecret("tim@demo.test", Secret("apop-secret")))

    assert isinstance(await desk.ask(apop("apop-secret")), LoginAccepted)
    assert isinstance(await desk.ask(apop("right")), LoginRefused)
    assert isinstance(
        await desk.ask(apop("apop-secret", name="nobody@demo.test")), LoginRefused
    )
    assert b"apop-secret" not in kept(house).apop_secret
    page = await desk.ask(ListUsers())
    assert [row.has_apop_secret for row in page.rows] == [True]


@pytest.mark.parametrize("digest", ["", "0" * 31, "0" * 33, "Ã" * 32, "0\0" * 16])
async def test_a_digest_of_the_wrong_form_is_refused(desk, digest):
    await desk.ask(SetApopSecret("tim@demo.test", Secret("apop-secret")))

    answer = await desk.ask(
        VerifyApop("tim@demo.test", "<1.2@host>", digest, "127.0.0.1", True)
    )

    assert isinstance(answer, LoginRefused)


async def test_a_removed_apop_secret_works_no_longer(desk):
    await desk.ask(SetApopSecret("tim@demo.test", Secret("apop-secret")))
    await desk.ask(SetApopSecret("tim@demo.test", Secret("")))

    assert isinstance(await desk.ask(apop("apop-secret")), LoginRefused)


# Import


def ssha(password: str) -> str:
    salt = b"saltsalt"
    digest = hashlib.sha1(password.encode() + salt).digest()
    return "{SSHA}" + base64.b64encode(digest + salt).decode()


async def test_imported_passwords_work_at_once_and_are_kept_well_after(house, desk):
    rows = (
        ImportRow("clear@demo.test", Secret("one"), "C", "Lear"),
        ImportRow("ssha@demo.test", Secret(ssha("two"))),
        ImportRow("argon@demo.test", Secret(schemes.make_hash("three"))),
    )
    answer = await desk.ask(ImportUsers(rows))

    assert isinstance(answer, Imported)
    assert (answer.added, answer.refused) == (3, ())
    for name, password in (("clear", "one"), ("ssha", "two"), ("argon", "three")):
        right = await desk.ask(login(f"{name}@demo.test", password))
        assert isinstance(right, LoginAccepted), name
        wrong = await desk.ask(login(f"{name}@demo.test", password + "x"))
        assert isinstance(wrong, LoginRefused), name
    await house.hub._logins.desk.close()
    for name in ("clear", "ssha", "argon"):
        row = kept(house, f"{name}@demo.test")
        assert row.password_hash.startswith("$argon2id$"), name
        assert row.scram_salt is not None, name


async def test_users_who_never_log_in_are_wrapped_in_the_background(house, desk):
    rows = (ImportRow("clear@demo.test", Secret("one")),)
    await desk.ask(ImportUsers(rows))

    end = time.monotonic() + 60
    while "WRAP" not in kept(house, "clear@demo.test").password_hash:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)

    assert kept(house, "clear@demo.test").password_hash.startswith("{WRAP-SSHA256}")
    assert isinstance(await desk.ask(login("clear@demo.test", "one")), LoginAccepted)


async def test_lines_that_cannot_be_taken_are_named_and_the_rest_is_taken(desk):
    rows = tuple(
        ImportRow(address, Secret(password))
        for address, password in (
            ("good@demo.test", "pw"),
            ("a..b@demo.test", "pw"),
            ("x@nowhere.test", "pw"),
            ("tim@demo.test", "pw"),
            ("good@demo.test", "pw"),
            ("md5@demo.test", "$1$salt$hash"),
            ("blank@demo.test", ""),
            ("last@demo.test", "pw"),
        )
    )

    answer = await desk.ask(ImportUsers(rows))

    assert answer.added == 2
    assert [(one.number, one.why.kind) for one in answer.refused] == [
        (1, "bad_value"),
        (2, "not_found"),
        (3, "conflict"),
        (4, "conflict"),
        (5, "bad_value"),
        (6, "bad_value"),
    ]


async def test_too_many_lines_at_once_are_refused(desk):
    rows = (ImportRow("a@demo.test", Secret("x")),) * 2001

    answer = await desk.ask(ImportUsers(rows))

    assert isinstance(answer, Denied)


@pytest.mark.timed
async def test_ten_thousand_users_are_imported_in_seconds(house, desk):
    service = await house.client()
    begin = time.perf_counter()

    for start in range(0, 10_000, 2_000):
        rows = tuple(
            ImportRow(f"user{n}@demo.test", Secret(f"password{n}"))
            for n in range(start, start + 2_000)
        )
        answer = await desk.ask(ImportUsers(rows, start == 8_000))
        assert isinstance(answer, Imported)
        assert answer.added == 2_000

    assert time.perf_counter() - begin < 10
    assert len(service.tables.users) == 10_001
    assert isinstance(
        await desk.ask(login("user9999@demo.test", "password9999")), LoginAccepted
    )
