"""Names of files as most readers show them."""

import pytest

from mailmax.message import file_names
from mailmax.message.part import scan


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (b"Content-Disposition: attachment; filename=a.txt", "a.txt"),
        (b"Content-Type: a/b; name=b.txt", "b.txt"),
        (
            (b"Content-Type: a/b; name=a.exe\r\n"
            b"Content-Disposition: attachment; filename=a.txt"),
            "a.txt",
        ),
        (
            (b'Content-Disposition: attachment;\r\n filename*0="a.e";\r\n'
            b" filename*1=xe; filename=a.txt"),
            "a.exe",
        ),
        (b"Content-Disposition: attachment; filename*=utf-8''%C3%A4.exe", "ä.exe"),
        (b"Content-Disposition: attachment; filename=a; filename=b", "a"),
        (b"X: y", None),
    ],
)  # fmt: skip
def test_names(header, shown):
    [part] = scan(header + b"\r\n\r\n").parts

    assert file_names.shown(part) == shown
