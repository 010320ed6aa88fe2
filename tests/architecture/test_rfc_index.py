"""rfc/index.tsv knows every RFC that the code names, and says where it is obeyed."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/mailmax"
STATUS = re.compile(r"(yes|partial|no)\b")


def rows() -> list[list[str]]:
    lines = (ROOT / "rfc/index.tsv").read_text("utf-8").splitlines()
    assert lines[0] == "RFC\ttitle\tstatus\twhere"
    return [line.split("\t") for line in lines[1:]]


def test_every_rfc_that_the_code_names_is_in_the_index():
    named = {
        number
        for path in SOURCE.rglob("*.py")
        for number in re.findall(r"\bRFC (\d{3,5})\b", path.read_text("utf-8"))
    }

    assert named <= {number for number, *_ in rows()}


def test_the_index_is_in_order_and_has_each_rfc_once():
    numbers = [int(number) for number, *_ in rows()]

    assert sorted(set(numbers)) == numbers


def test_each_row_has_a_status_and_places_that_are_there():
    for number, title, status, where in rows():
        assert title, number
        assert STATUS.match(status), number
        for place in where.split(", "):
            assert (SOURCE / place).exists(), (number, place)
