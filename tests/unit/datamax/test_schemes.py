"""Forms of kept passwords: each is checked by its own, the others refused by name."""

import base64
import hashlib

import argon2
import pytest

from mailmax.datamax import schemes
from mailmax.settings.field import BadValue

SALT = b"saltysalt"


def salted(scheme: str, algorithm: str, password: str = "pässword") -> str:
    digest = hashlib.new(algorithm, password.encode() + SALT).digest()
    return f"{{{scheme}}}{base64.b64encode(digest + SALT).decode()}"


def plain(scheme: str, algorithm: str, password: str = "pässword") -> str:
    digest = hashlib.new(algorithm, password.encode()).digest()
    return f"{{{scheme}}}{base64.b64encode(digest).decode()}"


KEPT = [
    plain("SHA", "sha1"),
    salted("SSHA", "sha1"),
    plain("SHA256", "sha256"),
    salted("SSHA256", "sha256"),
    plain("SHA512", "sha512"),
    salted("ssha512", "sha512"),
]


@pytest.mark.parametrize("text", KEPT)
def test_hashes_of_the_sha_family_are_checked_bare_and_wrapped(text):
    read = schemes.read_import(text)
    assert isinstance(read, schemes.Imported)
    assert read.is_fast

    for kept in (read.kept, schemes.wrap(read.kept)):
        assert schemes.verify(kept, "pässword")
        assert not schemes.verify(kept, "passwörd")
        assert not schemes.is_wanted(kept)


@pytest.mark.parametrize(("password", "times"), [("caf\xe9", 1), ("cafe\u0301", 2)])
def test_a_wrong_password_costs_the_same_in_whatever_form_the_right_one_is_kept(
    password, times, monkeypatch
):
    """TRUST G3: also where there is none, or nobody, and one that is taken apart."""
    read = schemes.read_import(KEPT[1])
    assert isinstance(read, schemes.Imported)
    made, compute = [], schemes._argon2
    monkeypatch.setattr(
        schemes, "_argon2", lambda *both: made.append(both) or compute(*both)
    )

    for kept in (
        schemes.DUMMY, schemes.make_hash("x"), schemes.keep_clear("x"),
        read.kept, schemes.wrap(read.kept), "",
    ):  # fmt: skip
        made.clear()
        assert not schemes.verify(kept, password)
        assert len(made) == times, kept


@pytest.mark.parametrize("prefix", ["", "{ARGON2ID}", "{argon2}", "{CRYPT}"])
def test_argon2_is_taken_as_it_is(prefix):
    text = argon2.PasswordHasher(1, 1024, 1).hash("pässword")

    read = schemes.read_import(prefix + text)

    assert read == schemes.Imported(kept=text)
    assert schemes.verify(text, "pässword")
    assert not schemes.verify(text, "x")
    assert not schemes.is_wanted(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("$2b$12$abcdefghijklmnopqrstuv", "2B"),
        ("$1$salt$hash", "1"),
        ("$6$salt$hash", "6"),
        ("{CRYPT}$6$salt$hash", "6"),
        ("{CRYPT}abJnggxhB/yWI", "CRYPT"),
        ("{MD5}xx", "MD5"),
        ("{SCRAM-SHA-1}xx", "SCRAM-SHA-1"),
        ("{BLF-CRYPT}$2y$05$x", "BLF-CRYPT"),
        ("{}x", ""),
        ("$", ""),
    ],
)
def test_other_forms_are_refused_by_name(text, name):
    bad = schemes.read_import(text)

    assert isinstance(bad, BadValue)
    assert bad.field == "password"
    assert f"form {name} cannot be checked" in bad.reason


@pytest.mark.parametrize(
    "text",
    [
        "{SSHA}!!!",
        "{SSHA}" + base64.b64encode(b"x" * 20).decode(),
        "{SHA}" + base64.b64encode(b"x" * 21).decode(),
        "{SHA}" + base64.b64encode(b"x" * 19).decode(),
        "{SHA}",
        "$argon2id$v=19$m=19456,t=2,p=1$x",
        "$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=1024,t=99,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$" + "x" * 2000,
        "",
        "a b",
        "{PLAIN}",
        "{PLAIN}a b",
        "x" * 1025,
        "a\x7fb",
    ],
)
def test_what_is_damaged_too_dear_or_no_password_is_refused(text):
    assert isinstance(schemes.read_import(text), BadValue)


def test_a_clear_password_may_be_said_to_be_one():
    assert schemes.read_import("{PLAIN}$ecret") == schemes.Imported(clear="$ecret")
    assert schemes.read_import("secret") == schemes.Imported(clear="secret")


def test_a_new_hash_is_of_the_wanted_form():
    kept = schemes.make_hash("pässword")

    assert schemes.is_wanted(kept)
    assert schemes.verify(kept, "pässword")


def test_a_verifier_is_salted_and_is_checked_like_an_import():
    one, two = schemes.make_verifier("pässword"), schemes.make_verifier("pässword")

    assert one != two
    assert schemes.verify(one, "pässword")
    assert not schemes.verify(two, "x")


@pytest.mark.parametrize(
    ("password", "possible"),
    [
        ("x", True),
        (" ", True),
        ("x" * 1024, True),
        ("x" * 1025, False),
        ("é" * 512, True),
        ("é" * 513, False),
        ("", False),
        ("a\0", False),
        ("\ud800", False),
    ],
)
def test_which_passwords_are_worth_checking(password, possible):
    assert schemes.is_possible(password) is possible


@pytest.mark.parametrize("length", [1023, 1024])
def test_a_new_password_may_have_1024_octets(length):
    assert schemes.check_new_password("x" * length) is None


def test_nobodys_password_is_never_right():
    assert not schemes.verify(schemes.DUMMY, "")
    assert not schemes.verify(schemes.DUMMY, "x")
    assert argon2.extract_parameters(schemes.DUMMY) == argon2.extract_parameters(
        schemes.make_hash("x")
    )
