"""What addresses are to us: the facts that the relay decision wants."""

from types import SimpleNamespace

from mailmax.policy.recipients import NoUser
from mailmax.policy.relay import From, To
from mailmax.policy.sender import recipient_kind, sender_kind

TIM = SimpleNamespace(user_id=7, is_disabled=False)
OFF = SimpleNamespace(user_id=9, is_disabled=True)


def test_a_reverse_path_to_who_did_not_log_in():
    assert sender_kind(None) is From.NULL
    assert sender_kind(TIM) is From.USER
    assert sender_kind(OFF) is From.UNKNOWN
    assert sender_kind(NoUser.UNKNOWN) is From.UNKNOWN
    assert sender_kind(NoUser.ELSEWHERE) is From.REMOTE
    assert sender_kind(NoUser.PASSED_ON) is From.REMOTE


def test_a_reverse_path_to_who_logged_in():
    """TRUST B10."""
    assert sender_kind(TIM, 7) is From.USER
    assert sender_kind(TIM, 8) is From.FOREIGN
    assert sender_kind(None, 8) is From.NULL
    assert sender_kind(NoUser.UNKNOWN, 7) is From.UNKNOWN


def test_recipients():
    assert recipient_kind(TIM) is To.USER
    assert recipient_kind(OFF) is To.DISABLED
    assert recipient_kind(NoUser.UNKNOWN) is To.UNKNOWN
    assert recipient_kind(NoUser.PASSED_ON) is To.PASSED_ON
    assert recipient_kind(NoUser.ELSEWHERE) is To.REMOTE
