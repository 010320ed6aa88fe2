"""What is kept of a password, whatever it is made of."""

import pytest

from mailmax.datamax import schemes
from mailmax.datamax.credentials import of_password


def test_a_password_has_keys_of_scram_beside_its_hash() -> None:
    kept = of_password("correct horse")

    assert kept.scram_stored_key
    assert kept.scram_server_key


@pytest.mark.parametrize(
    "password",
    [
        "\U0001f98a",  # a fox: newer than Unicode 3.2, which SASLprep knows
        "\u0378",  # assigned to nobody
        "a\x01b",  # a control character
        "\ue000",  # for private use
        "\u0627\u0031",  # both directions
    ],
)
def test_what_saslprep_forbids_is_kept_without_scram(password: str) -> None:
    kept = of_password(password)

    assert kept.scram_stored_key is None
    assert schemes.verify(kept.password_hash, password)
