"""Where the pages are, as a browser is told."""

import pytest

from mailmax.cli.answers import Answers
from mailmax.cli.setup_mode.app import with_web
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


@pytest.mark.parametrize(
    ("named", "base", "expected"),
    [
        ("", 0, ()),
        ("127.0.0.1:9080", 0, ("127.0.0.1:9080",)),
        ("127.0.0.1:9080", 2000, ("127.0.0.1:2080",)),
        ("192.0.2.25:8443", 0, ("127.0.0.1:8080", "192.0.2.25:8443")),
    ],
)
def test_where_the_wizard_was_put_the_pages_are(named, base, expected):
    """Who names a place because 8080 is taken does not find the pages at 8080."""
    answers = with_web(Answers("demo.test", base_port=base), named)

    assert answers.web_listen == expected
