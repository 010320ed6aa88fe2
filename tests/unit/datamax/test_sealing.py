"""Secrets kept sealed: bound to a key, to what they are for, and to whose they are."""

import pytest

from mailmax.datamax.sealing import MEMBER, SMART_HOST, Seal

KEY = b"k" * 32


def test_a_secret_is_for_its_owner_its_purpose_and_its_key_alone():
    seal = Seal(KEY, MEMBER)
    kept = seal.close(1, "s3cret")

    assert b"s3cret" not in kept
    assert seal.open(1, kept) == "s3cret"
    assert seal.open(2, kept) is None
    assert Seal(KEY, SMART_HOST).open(1, kept) is None
    assert Seal(b"x" * 32, MEMBER).open(1, kept) is None


def test_what_is_kept_as_text_is_the_same():
    seal = Seal(KEY, SMART_HOST)
    kept = seal.close_text(0, "pässword")

    assert seal.open_text(0, kept) == "pässword"
    assert seal.open_text(1, kept) is None


@pytest.mark.parametrize("kept", ["", "AAAA", "no base64!", "é", "A" * 40])
def test_what_is_damaged_is_not_opened(kept):
    seal = Seal(KEY, SMART_HOST)

    assert seal.open_text(0, kept) is None
    assert seal.open(0, kept.encode()) is None
