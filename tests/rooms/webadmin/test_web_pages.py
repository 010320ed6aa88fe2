"""Which paths below ``/admin`` are pages of the application."""

import pytest

from mailmax.webadmin.rest.problems import Problem
from mailmax.webadmin.static import Static


@pytest.fixture
def static(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<h1>the application</h1>")
    (tmp_path / "assets" / "main-0123abcd.js").write_text("1")
    return Static(tmp_path)


@pytest.mark.parametrize("path", ["", "users", "domains/a.test", "a/b.c/d.e"])
def test_a_page_may_be_called_like_a_domain(static: Static, path: str):
    assert b"application" in bytes(static.answer(tuple(path.split("/"))).body)


@pytest.mark.parametrize("path", ["favicon.ico", "assets/gone-0123abcd.js"])
def test_a_file_that_there_is_not_is_missing(static: Static, path: str):
    with pytest.raises(Problem):
        static.answer(tuple(path.split("/")))
