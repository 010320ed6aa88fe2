"""What administrators ask of the hub is asked by no service (GEN-2).

From another computer a service would be refused it.
"""

import re
import typing
from pathlib import Path

import pytest

from mailmax.hub import codec

SOURCE = Path(__file__).parents[2] / "src/mailmax"
SERVICES = ("smtpmax", "popmax", "imapmax", "filer", "queuemax", "housekeeping")
ASKED = [kind.__name__ for kind in typing.get_args(codec.FromAdministrators)]


def test_every_message_is_a_services_or_one_services_or_an_administrators():
    parts = [
        set(typing.get_args(codec.FromServices)),
        set(typing.get_args(codec.FromHousekeeping)),
        set(typing.get_args(codec.FromSmtpMax)),
        set(typing.get_args(codec.FromAdministrators)),
        set(typing.get_args(codec.FromWebAdmin)),
        {codec.FromCommands},
        {codec.FromElsewhere},
    ]

    assert all(parts)
    assert len(set.union(*parts)) == sum(map(len, parts))


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_asks_what_administrators_ask(service: str):
    said = re.compile(rf"\b({'|'.join(ASKED)})\(")

    found = {
        (path.name, match.group(1))
        for path in (SOURCE / service).rglob("*.py")
        for match in said.finditer(path.read_text("utf-8"))
    }

    assert not found
