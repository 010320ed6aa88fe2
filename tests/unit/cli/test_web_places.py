"""Where the pages are, as a browser is told."""

import pytest

from mailmax.cli.web_places import sign_in_address, web_places
from mailmax.settings.local import load_local


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        ("", ("http://127.0.0.1:8080",)),
        ("[web]\nlisten = []", ()),
        (
            '[web]\nlisten = ["[::1]:81", "192.0.2.25:8443"]',
            ("http://[::1]:81", "https://192.0.2.25:8443"),
        ),
        ('[web]\nlisten = ["*:443"]', ("https://127.0.0.1:443",)),
        (
            '[web]\nlisten = ["*:443"]\nnames = ["Admin.example.org"]',
            ("https://admin.example.org:443",),
        ),
    ],
)
def test_a_place_is_told_as_a_browser_reaches_it(tmp_path, web, expected):
    (tmp_path / "mailmax.toml").write_text(web)

    assert web_places(load_local(tmp_path)) == expected


def test_a_token_stands_where_browsers_send_it_to_nobody():
    assert (
        sign_in_address("https://m.test/", "t") == "https://m.test/admin/login#link=t"
    )
