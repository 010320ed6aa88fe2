"""A message without some of its parts (TRUST J9)."""

import email.policy  # noqa: TID251 - the oracle

import pytest

from mailmax.message import attachments
from mailmax.message.part import PARTS_LIMIT, scan
from mailmax.message.removing import without_attachments, without_parts

WORDS = "Removed: {file}."
TEXT = "Content-Type: text/plain\r\n\r\nHello"
PDF = "Content-Type: application/pdf; name=plan.pdf\r\n\r\nsecret"
SIGNATURE = "Content-Type: application/pgp-signature; name=s.asc\r\n\r\nsig"


def container(*parts: str, kind: str = "multipart/mixed", boundary: str = "x") -> str:
    inside = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"Content-Type: {kind}; boundary={boundary}\r\n\r\n{inside}--{boundary}--"


def mail(*parts: str, kind: str = "multipart/mixed") -> bytes:
    return ("Subject: s\r\n" + container(*parts, kind=kind) + "\r\n").encode()


def removed(octets: bytes) -> bytes:
    result = without_attachments(octets, WORDS)
    assert result is not None
    assert b"secret" not in result
    return result


def kinds(octets: bytes) -> list[str]:
    """Return the types of all parts, as another reader sees them."""
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert not any(part.defects for part in message.walk())
    return [part.get_content_type() for part in message.walk()]


def texts(octets: bytes) -> list[str]:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    return [
        part.get_content().rstrip("\n")
        for part in message.walk()
        if part.get_content_type() == "text/plain"
    ]


def test_a_text_stands_in_the_place_of_a_file():
    result = removed(mail(TEXT, PDF, TEXT))

    assert kinds(result) == ["multipart/mixed", *3 * ["text/plain"]]
    assert texts(result) == ["Hello", "Removed: plan.pdf.", "Hello"]
    assert result.startswith(b"Subject: s\r\n")


def test_a_message_without_files_stays():
    octets = mail(TEXT, TEXT)

    assert without_attachments(octets, WORDS) is octets


def test_a_file_that_is_the_whole_message():
    octets = (
        b"Subject: s\r\nContent-Type: application/zip;\r\n name=a.zip\r\n"
        b"Content-Transfer-Encoding: base64\r\nFrom: a@b.test\r\n"
        b"Content-Disposition: attachment\r\n\r\nsecret"
    )

    result = removed(octets)

    assert result == (
        b"Subject: s\r\nFrom: a@b.test\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\nContent-Disposition: inline\r\n\r\n"
        b"Removed: a.zip."
    )


@pytest.mark.parametrize(
    "octets",
    [
        b"Content-Type: application/zip",
        b"Subject: s\r\nContent-Type: application/zip\r\n",
        b"Content-Type: application/zip\r\nSubject: s",
        b"Content-Type: application/zip\n\nsecret",
        b"Content-Type: application/zip\r\n\nsecret",
        b"MIME-Version: 1.0\nContent-Type: application/zip\nSubject: s\n\nsecret\n",
    ],
)
def test_headers_that_end_in_every_way(octets):
    result = removed(octets)

    assert kinds(result) == ["text/plain"]
    assert texts(result) == ["Removed: a file without a name."]
    assert result.lower().count(b"\nmime-version") == 1 or result.startswith(b"MIME-V")
    assert (b"Subject: s" in octets) is (
        email.message_from_bytes(result, policy=email.policy.default)["Subject"] == "s"
    )
    assert (b"\r" in result) is (
        b"\r" in octets.partition(b"\n")[0] or b"\n" not in octets
    )


@pytest.mark.parametrize("kind", ["alternative", "encrypted", "report"])
def test_a_container_that_lost_its_meaning_is_a_mixture(kind):
    result = removed(mail(TEXT, PDF, kind=f"multipart/{kind}; a=b"))

    assert kinds(result) == ["multipart/mixed", "text/plain", "text/plain"]


def test_a_container_around_is_left_alone():
    inside = container(TEXT, PDF, kind="multipart/related", boundary="y")

    result = removed(mail(TEXT, inside, kind="multipart/alternative"))

    assert kinds(result)[:3] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
    ]


def test_a_signature_goes_with_what_it_signed():
    inside = container(TEXT, PDF, boundary="y")

    result = removed(mail(inside, SIGNATURE, kind="multipart/signed; micalg=x"))

    assert kinds(result) == ["multipart/mixed", "multipart/mixed", *3 * ["text/plain"]]
    assert texts(result) == ["Hello", "Removed: plan.pdf.", "Removed: s.asc."]


def test_a_signature_stays_when_nothing_else_goes():
    octets = mail(TEXT, SIGNATURE, kind="multipart/signed")

    assert without_attachments(octets, WORDS) is octets


def test_a_signature_alone_goes_when_it_is_asked_for():
    result = without_parts(mail(TEXT, SIGNATURE, kind="multipart/signed"), [2], WORDS)

    assert result is not None
    assert texts(result) == ["Hello", "Removed: s.asc."]


def test_files_of_a_message_inside():
    inside = "Content-Type: message/rfc822\r\n\r\nSubject: i\r\n"
    octets = mail(TEXT, inside + container(TEXT, PDF, boundary="y"))

    result = removed(octets)

    assert kinds(result)[2:4] == ["message/rfc822", "multipart/mixed"]
    assert texts(result) == ["Hello", "Hello", "Removed: plan.pdf."]


def test_a_message_inside_that_is_a_file_keeps_its_header():
    inside = "Content-Type: message/rfc822\r\n\r\nSubject: i\r\n" + PDF

    result = removed(mail(TEXT, inside))

    assert kinds(result)[2:] == ["message/rfc822", "text/plain"]
    assert b"Subject: i\r\nMIME-Version" in result


def test_an_attached_message_goes_whole():
    inside = "Content-Type: message/rfc822; name=a.eml\r\n\r\n" + PDF

    result = removed(mail(TEXT, inside))

    assert texts(result) == ["Hello", "Removed: a.eml."]


def test_a_part_of_a_digest():
    result = removed(mail("\r\nSubject: i\r\n\r\nHello", PDF, kind="multipart/digest"))

    assert kinds(result)[-1] == "text/plain"
    assert kinds(result)[1:3] == ["message/rfc822", "text/plain"]


def test_a_container_that_never_ends():
    octets = mail(TEXT, PDF)[: -len(b"\r\n--x--\r\n")]

    result = without_attachments(octets, WORDS)

    assert result is not None
    assert texts(result) == ["Hello", "Removed: plan.pdf."]


@pytest.mark.parametrize(
    "name", ["\r\n--x--\r\nsecret", "--x", "a\n--x\nb", "ä" * 50, "{file}", "\ud800"]
)
def test_no_name_breaks_out(name):
    encoded = "".join(f"%{octet:02X}" for octet in name.encode("utf-8", "replace"))
    part = f"Content-Type: a/b; name*=utf-8''{encoded}\r\n\r\nsecret"

    result = without_attachments(mail(TEXT, part), "{file}\n--x\nis gone")

    assert result is not None
    assert kinds(result) == ["multipart/mixed", "text/plain", "text/plain"]
    assert texts(result)[1].endswith("\n--x\nis gone")


def test_parts_that_nobody_looked_at_go_too():
    octets = mail(PDF, *(PARTS_LIMIT * [TEXT]), PDF)
    assert scan(octets).cut

    result = removed(octets)

    assert len(scan(result).parts) == PARTS_LIMIT


def test_a_container_goes_with_the_parts_that_nobody_looked_at():
    result = without_parts(mail(PDF, *(PARTS_LIMIT * [TEXT])), [0], WORDS)

    assert result is not None
    assert texts(result) == ["Removed: a file without a name."]


def test_a_container_that_is_too_deep_goes():
    result = removed(b"Content-Type: message/rfc822\r\n\r\n" * 60 + b"\r\nsecret")

    assert not scan(result).cut
    assert attachments.find(scan(result)) == []


@pytest.mark.parametrize("parts", [[3], [-1], [1, 99]])
def test_parts_that_are_not_there_cannot_be_removed(parts):
    assert without_parts(mail(TEXT, PDF), parts, WORDS) is None


def test_an_edit_that_fails_leaves_the_original():
    deep = "Content-Type: message/rfc822\r\n\r\n" * 60

    assert without_parts(mail(PDF, deep), [1], WORDS) is None


def test_parts_inside_of_parts_go_with_them():
    inside = container(TEXT, PDF, boundary="y")

    result = without_parts(mail(TEXT, inside), [2, 3, 4], WORDS)

    assert result is not None
    assert texts(result) == ["Hello", "Removed: a file without a name."]


def test_other_octets_stay_as_they_are():
    octets = mail(TEXT, PDF, "X-Odd : \xff\r\n\r\n\xfe\0 \r") + b"epilogue \xff"
    start = octets.index(b"Content-Type: application/pdf")
    end = octets.index(b"secret") + 6

    result = removed(octets)

    assert result.startswith(octets[:start])
    assert result.endswith(octets[end:])
