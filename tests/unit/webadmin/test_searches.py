"""A search for mail is read by the list as the pages read it for acts on all of it."""

import json
from pathlib import Path

import pytest

from mailmax.hub.contract.queue import Selection
from mailmax.webadmin.api.choice import Which, selected

TABLE = Path(__file__).parents[3] / "web" / "tests" / "searches.json"


@pytest.mark.parametrize(("words", "meant"), json.loads(TABLE.read_text()))
def test_a_search_means_the_same_on_both_sides(words, meant):
    fields = {**meant, "ids": tuple(meant.get("ids", ()))}

    assert selected(Which(), words) == Selection(**fields)


def test_what_is_filtered_goes_before_what_is_searched():
    found = selected(Which(id="3", sender="a.test"), "from:b")

    assert found == Selection(("3",), sender="a.test")
