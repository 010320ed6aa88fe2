"""A refused sign-in tells nobody who exists: its words, and what it costs (TRUST G3).

Time itself is measured where it can be, by the services (tests/alone): the web delays
who fails again, from this computer, too. What would tell is work that is done for some
and not for others, so the computations are counted; they are done as ever.
"""

import asyncio
import unicodedata
from collections import Counter

import pytest

from fix_web import Browser, Told, Web
from mailmax.datamax import schemes
from mailmax.hub.contract.administration import Changed
from mailmax.hub.contract.message import Secret
from mailmax.hub.contract.users import AddUser, ChangeUser

COMPOSED, TAKEN_APART = "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "cafe\u0301"
"""The same to people; the second may also be meant as it came, which is tried, too."""
NAMES = (
    "nobody@a.test", "tim@nowhere.test", "nobody",
    "tim@a.test", "root@a.test", "disabled@a.test", "trap@a.test", "blank@a.test",
)  # fmt: skip


@pytest.fixture
def computed(monkeypatch) -> Counter[str]:
    """Give how many hashes were computed of each password, as people see it."""
    made: Counter[str] = Counter()
    compute = schemes._argon2

    def count(kept: str, password: bytes) -> bool:
        made[unicodedata.normalize("NFC", password.decode())] += 1
        return compute(kept, password)

    monkeypatch.setattr(schemes, "_argon2", count)
    return made


def shown(told: Told) -> tuple[int, bytes, dict[str, str]]:
    """Return all of an answer but the moment."""
    headers = {name: value for name, value in told.headers.items() if name != "date"}
    return told.status, told.octets, headers


async def test_g3_words_and_work_are_the_same_for_all(web: Web, computed: Counter[str]):
    """Each has a network and a password of its own, so that no try delays another."""
    for name in ("disabled", "trap"):
        await web.desk.ask(AddUser(f"{name}@a.test", Secret("secret")))
        await web.desk.ask(ChangeUser(f"{name}@a.test", {"kind": name}))
    blank = await web.desk.ask(AddUser("blank@a.test", Secret(""), {}, True))
    assert isinstance(blank, Changed), blank
    computed.clear()

    for form, times in ((COMPOSED, 1), (TAKEN_APART, 2)):
        passwords = [f"{form}-{times}-{place}" for place in range(len(NAMES))]
        answers = await asyncio.gather(
            *(
                Browser(web.port, source=f"127.0.{place}.{times}").sign_in(name, sent)
                for place, (name, sent) in enumerate(zip(NAMES, passwords, strict=True))
            )
        )

        first, *others = map(shown, answers)
        assert others == [first] * len(others)
        assert (answers[0].status, answers[0].code) == (401, "wrong_password")
        composed = [unicodedata.normalize("NFC", sent) for sent in passwords]
        assert [computed[sent] for sent in composed] == [times] * len(NAMES)


async def test_g3_a_code_without_the_password_tells_nothing_either(web: Web):
    """A second factor is asked for only after the right password."""
    sent = await asyncio.gather(
        *(
            Browser(web.port, source=f"127.1.{place}.1").ask(
                "POST /session", {"login": name, "password": "x", "code": "123456"}
            )
            for place, name in enumerate(("nobody@a.test", "tim@a.test"))
        )
    )

    assert shown(sent[0]) == shown(sent[1])
    assert sent[0].code == "wrong_password"
