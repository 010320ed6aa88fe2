"""The pictures of the README are there, as `make screenshots` writes them."""

import re
import struct
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWN = re.compile(r"!\[([^\]]+)\]\((docs/pictures/[^)]+)\)")
PNG = b"\x89PNG\r\n\x1a\n"


def test_every_picture_is_shown_with_words_and_none_is_too_large():
    shown = {
        ROOT / path: words
        for words, path in SHOWN.findall((ROOT / "README.md").read_text())
    }

    assert set(shown) == set((ROOT / "docs" / "pictures").iterdir())
    assert len(shown) == 3
    assert all(shown.values())
    for path in shown:
        octets = path.read_bytes()
        assert octets.startswith(PNG), path
        assert struct.unpack(">II", octets[16:24]) == (1440, 900), path
        assert len(octets) < 300_000, path
