"""What a node calls itself follows the setting (HUB-8)."""

import json
import socket
from types import SimpleNamespace

from mailmax.bootstrap.node import hostname_of
from mailmax.hub.contract.rows import SettingRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.tables import Tables


def test_the_name_is_the_settings_and_else_the_computers():
    tables = Tables()
    hostname = hostname_of(SimpleNamespace(tables=tables))
    assert hostname() == socket.getfqdn()

    for version, name in enumerate(("mx.demo.test", "new.demo.test"), 1):
        row = SettingRow("hostname", json.dumps(name))
        tables.apply(TableUpdate(b"epoch", version, whole=False, settings=(row,)))
        assert hostname() == name
