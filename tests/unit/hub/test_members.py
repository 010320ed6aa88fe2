"""A room knows whose sessions are open, and under which credentials."""

from dataclasses import dataclass

from mailmax.hub.contract.logins import CredentialChanged
from mailmax.hub.members import Members


@dataclass
class Session:
    user_id: int
    credential_version: int


STRANGER, TIM, TIM_AGAIN, EVE = (
    Session(0, 0),
    Session(7, 1),
    Session(7, 2),
    Session(8, 1),
)


def members() -> Members[Session]:
    made: Members[Session] = Members()
    for session in (STRANGER, TIM, TIM_AGAIN, EVE):
        made[made.next_number()] = session
    return made


def test_who_has_not_logged_in_is_no_login():
    assert list(members().logins()) == [(7, 1), (7, 2), (8, 1)]


def test_sessions_of_a_user_are_found():
    assert members().of_user(7) == [TIM, TIM_AGAIN]


def test_only_older_credentials_are_outdated():
    assert members().outdated(CredentialChanged(7, 2)) == [TIM]
