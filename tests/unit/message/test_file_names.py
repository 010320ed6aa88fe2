"""Names of files, also those that hide."""

import pytest

from mailmax.message import file_names
from mailmax.message.part import scan


@pytest.mark.parametrize(
    ("header", "shown", "also"),
    [
        (b"Content-Disposition: attachment; filename=a.txt", "a.txt", set()),
        (b"Content-Type: a/b; name=b.txt", "b.txt", set()),
        (
            (b"Content-Type: a/b; name=a.exe\r\n"
            b"Content-Disposition: attachment; filename=a.txt"),
            "a.txt",
            {"a.exe"},
        ),
        (
            (b'Content-Disposition: attachment;\r\n filename*0="a.e";\r\n'
            b" filename*1=xe; filename=a.txt"),
            "a.exe",
            {"a.txt", "a.e", "xe"},
        ),
        (
            b"Content-Disposition: attachment; filename*=utf-8''%C3%A4.exe",
            "ä.exe",
            {"utf-8''%C3%A4.exe"},
        ),
        (b"Content-Disposition: attachment; filename=a; filename=b", "a", {"b"}),
        (b"X: y", None, set()),
    ],
)  # fmt: skip
def test_names(header, shown, also):
    [part] = scan(header + b"\r\n\r\n").parts

    assert file_names.shown(part) == shown
    assert file_names.variants(part) == also | ({shown} - {None})
