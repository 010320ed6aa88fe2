"""Reasons in the words of POP3."""

import pytest

from mailmax.base.errors import PermanentFailure, TemporaryFailure
from mailmax.base.result import Reason
from mailmax.popmax.replies import REFUSALS, failure_words, refusal
from mailmax.wire.pop3.replies import Code


@pytest.mark.parametrize("reason", [*Reason.__members__, "SOMETHING_NEW", ""])
def test_every_reason_has_words(reason: str) -> None:
    text, code = refusal(reason)

    assert text.isascii()
    assert isinstance(code, Code)


def test_what_a_stranger_could_learn_from_sounds_the_same() -> None:
    """TRUST G3."""
    causes = (Reason.AUTHENTICATION_FAILED, Reason.UNKNOWN_USER, Reason.USER_DISABLED)

    assert {REFUSALS[cause] for cause in causes} == {
        ("Wrong name or password", Code.AUTH)
    }


def test_trouble_is_never_a_wrong_password() -> None:
    """TRUST D12."""
    for reason in (Reason.HUB_AWAY, Reason.STORE_TROUBLE, Reason.TOO_MANY_ATTEMPTS):
        assert refusal(reason.name)[1] is Code.SYS_TEMP
    assert refusal("SOMETHING_NEW")[1] is Code.SYS_TEMP


def test_failures_say_whether_it_helps_to_come_back() -> None:
    assert failure_words(TemporaryFailure("later")) == ("later", Code.SYS_TEMP)
    assert failure_words(PermanentFailure("never")) == ("never", Code.SYS_PERM)
