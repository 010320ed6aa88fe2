"""Files that are attached to a message, as people see them."""

import base64

import pytest

from mailmax.message import attachments
from mailmax.message.part import scan


def mail(*parts: str, kind: str = "multipart/mixed") -> bytes:
    inside = "".join(f"--x\r\n{part}\r\n" for part in parts)
    head = f"Subject: s\r\nContent-Type: {kind}; boundary=x\r\n\r\n"
    return (head + inside + "--x--\r\n").encode("utf-8", "surrogateescape")


def found(octets: bytes) -> list[attachments.Attachment]:
    return attachments.find(scan(octets))


TEXT = "Content-Type: text/plain\r\n\r\nHello"
PDF = (
    "Content-Type: application/pdf; name=plan.pdf\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gd29ybGQh"
)


def test_a_file_beside_a_text():
    octets = mail(TEXT, PDF)

    (one,) = found(octets)

    assert (one.part, one.name, one.content_type) == (2, "plan.pdf", "application/pdf")
    assert one.names == ("plan.pdf",)
    assert octets[one.start : one.end] == b"SGVsbG8gd29ybGQh"
    assert one.size_octets == 12
    assert attachments.decode(scan(octets), one) == b"Hello world!"


@pytest.mark.parametrize(
    "octets",
    [
        b"Subject: s\r\n\r\ntext",
        b"",
        mail(TEXT, "Content-Type: text/html\r\n\r\n<p>Hello"),
        mail(TEXT, "Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\ntext"),
        mail(TEXT, "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR"),
        mail(
            TEXT,
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x",
            kind="multipart/report",
        ),
    ],
)
def test_what_is_read_is_no_file(octets):
    assert found(octets) == []


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: image/png\r\n\r\nx",
        "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx",
        "Content-Disposition: (c) ATTACHMENT; a=b\r\n\r\nx",
        "Content-Type: text/plain; name=a.txt\r\n\r\nx",
        "Content-Type: multipart/mixed\r\n\r\nno boundary",
        "Content-Type: message/rfc822; name=a.eml\r\n\r\nSubject: s\r\n\r\nx",
        "Content-Type: message/partial; id=1\r\n\r\nx",
    ],
)
def test_what_is_offered_or_no_text_is_a_file(part):
    assert [one.part for one in found(mail(TEXT, part))] == [2]


def test_a_message_that_is_a_file():
    (one,) = found(b"Content-Type: application/zip; name=a.zip\r\n\r\nPK")

    assert (one.part, one.name) == (0, "a.zip")


def test_files_of_a_message_inside_are_found_too():
    inner = mail(TEXT, PDF).decode().replace("boundary=x", "boundary=y")
    inside = "Content-Type: message/rfc822\r\n\r\n" + inner.replace("--x", "--y")

    assert [one.name for one in found(mail(TEXT, inside))] == ["plan.pdf"]


def test_a_message_inside_does_not_lend_its_container_a_name():
    inside = (
        "Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
        "Content-Type: application/pdf; name=a.pdf\r\n\r\nx"
    )

    assert [one.name for one in found(mail(TEXT, inside))] == ["", "a.pdf"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ("Content-Disposition: attachment; filename=a.exe", "a.exe"),
        ('Content-Disposition: attachment; filename="a b.exe"', "a b.exe"),
        ("Content-Disposition: attachment; filename*=utf-8''%C3%A4.exe", "ä.exe"),
        ("Content-Disposition: attachment; filename*0=a.;filename*1=exe", "a.exe"),
        (
            "Content-Disposition: a; filename*0*=iso-8859-1''%E4;filename*1=.exe",
            "ä.exe",
        ),
        ('Content-Type: a/b; name="=?utf-8?b?w6QuZXhl?="', "ä.exe"),
        (
            'Content-Type: a/b; name="=?utf-8?q?=C3=A4=2E?=\r\n =?utf-8?q?exe?="',
            "ä.exe",
        ),
        ("Content-Type: a/b; name=a\u0308.exe", "ä.exe"),
        ('Content-Type: a/b; name="a\t b\x07.exe"', "a b.exe"),
        ("Content-Type: a/b; name=\u202eexe.a", "exe.a"),
    ],
)
def test_a_name_is_read_as_people_see_it(fields, name):
    (one,) = found(mail(TEXT, f"{fields}\r\n\r\nx"))

    assert one.name == name


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Type: a/b; name=x.exe\r\nContent-Disposition: attachment; filename=y",
        "Content-Disposition: attachment; filename=y; filename=x.exe",
        "Content-Disposition: attachment; filename=y; filename*=utf-8''x.exe",
        "Content-Disposition: attachment; filename*=utf-8''y; filename=x.exe",
        "Content-Disposition: inline; filename=y\r\nContent-Disposition: a; name=x.exe",
        "Content-Disposition: attachment; filename=y;; filename = x.exe",
        "Content-Disposition: attachment filename=x.exe",
    ],
)
def test_a_name_has_every_reading(fields):
    (one,) = found(mail(TEXT, f"{fields}\r\n\r\nx"))

    assert "x.exe" in one.names


def test_a_name_without_quotes_is_also_read_to_its_end():
    part = "Content-Disposition: attachment; filename=my file.exe\r\n\r\nx"

    (one,) = found(mail(TEXT, part))

    assert one.names == ("my", "my file.exe")


def test_the_first_and_the_last_of_many_readings_are_there():
    names = "; ".join(f"filename=a{number}" for number in range(125))

    (one,) = found(
        mail(TEXT, f"Content-Disposition: a; {names}; filename=x.exe\r\n\r\nx")
    )

    assert one.name == "a0"
    assert "x.exe" in one.names


def test_a_message_that_is_encoded_is_a_file_with_the_names_inside():
    inner = base64.encodebytes(mail(TEXT, PDF)).decode().replace("\n", "\r\n")
    part = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    (one,) = found(mail(TEXT, part + inner))

    assert (one.part, one.name, one.names) == (2, "", ("plan.pdf",))


def test_there_are_not_more_readings_than_anybody_makes():
    names = "; ".join(f"filename=a{number}" for number in range(100))

    (one,) = found(mail(TEXT, f"Content-Disposition: attachment; {names}\r\n\r\nx"))

    assert len(one.names) == attachments.MOST_NAMES


SIGNATURE = "Content-Type: application/pgp-signature; name=s.asc\r\n\r\nsig"


def test_a_signature_is_a_file_that_is_not_removable():
    tree = scan(mail(TEXT, SIGNATURE, kind="multipart/signed"))

    (one,) = attachments.find(tree)

    assert one.is_signature
    assert attachments.removable(tree) == []


@pytest.mark.parametrize(
    "octets",
    [
        mail(SIGNATURE, TEXT, kind="multipart/signed"),
        mail(TEXT, SIGNATURE),
        mail(TEXT, PDF, kind="multipart/signed"),
        mail(TEXT, SIGNATURE, SIGNATURE, kind="multipart/signed"),
    ],
)
def test_what_only_looks_like_a_signature_is_removable(octets):
    assert attachments.removable(scan(octets)) != []


def test_a_container_that_is_too_deep_is_a_file():
    octets = b"Content-Type: message/rfc822\r\n\r\n" * 60

    assert [one.part for one in found(octets)] == [50]


def test_decoding_reads_what_is_there():
    part = "Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=4"
    octets = mail(
        TEXT, part, "Content-Type: a/b\r\n\r\n" + base64.b64encode(b"x").decode()
    )
    tree = scan(octets)

    assert [attachments.decode(tree, one) for one in attachments.find(tree)] == [
        b"=4",
        b"eA==",
    ]
