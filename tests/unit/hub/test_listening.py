"""Which doors are open: followed from the tables, with a source that may refuse."""

import asyncio
import errno
import socket

import pytest

from mailmax.hub import listening
from mailmax.hub.contract.rows import BindingRow, ListenerRow, SettingRow
from mailmax.hub.contract.tables import TableUpdate
from mailmax.hub.doors import Doors, Serving
from mailmax.hub.entrance import names_of
from mailmax.hub.listening import Listening, Listens
from mailmax.hub.tables import Tables
from mailmax.net.place import Place, Trouble
from waiting import until


class TwinHub:
    def __init__(self):
        self.tables = Tables()
        self.told = []
        self._callbacks = []

    def on_tables(self, callback):
        self._callbacks.append(callback)

    def tell(self, notice):
        self.told.append(notice)

    async def push(self, **rows):
        """One version of the tables; returns when it is acted by."""
        version = self.tables.version + 1
        whole = version == 1
        self.tables.apply(TableUpdate(b"e", version, whole, True, **rows))
        for callback in self._callbacks:
            pending = callback()
            if pending is not None:
                await pending

    @property
    def states(self):
        return {door.listener_id: door for door in self.told[-1].doors}


class TwinSource:
    """Gives sockets on any free port, whatever place is wanted."""

    def __init__(self):
        self.troubles = {}
        self.open_places = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def open(self, place):
        self.asked.set()
        await self.gate.wait()
        if place in self.troubles:
            return self.troubles[place]
        self.open_places.append(place)
        return socket.create_server(("127.0.0.1", 0))

    def close(self, place):
        if place in self.open_places:
            self.open_places.remove(place)

    def settle(self): ...


def row(number, service="smtp", port=0, **fields):
    return ListenerRow(number, 1, service, port, 5, 10, 3, **fields)


BINDING = BindingRow(1, "192.0.2.1")
SMTP = Place("192.0.2.1", 2025)


@pytest.fixture
async def house(monkeypatch):
    monkeypatch.setattr(listening, "LOOK_S", 0.02)
    hub, source = TwinHub(), TwinSource()
    doors = Doors(names_of(hub.tables, lambda: "here"))
    for service in ("smtp", "submission"):
        doors.serve(service, Serving(lambda _: None, 30))
    services = ("smtp", "submission", "submissions")
    followed = Listening(
        hub, doors, source, Listens(services, "smtp_connections", 2000)
    )
    await hub.push(bindings=(BINDING,))
    await followed.start()
    yield hub, source, doors
    await followed.stop()
    await doors.stop(1)


async def test_ports_are_defaults_above_the_base_port_or_as_they_are_set(house):
    hub, source, _ = house

    await hub.push(listeners=(row(1), row(2, "submission"), row(3, port=2526)))

    assert [place.port for place in source.open_places] == [2025, 2587, 2526]
    assert {one.state for one in hub.states.values()} == {"open"}


async def test_services_of_other_roles_and_closed_ones_are_left_alone(house):
    hub, source, _ = house

    await hub.push(listeners=(row(1, "imap"), row(2, is_open=False)))

    assert source.open_places == []


async def test_a_new_default_port_moves_the_door(house):
    hub, source, _ = house
    await hub.push(listeners=(row(1),))

    await hub.push(settings=(SettingRow("smtp_port", "26"),))

    assert source.open_places == [Place("192.0.2.1", 2026)]
    assert hub.states[1].port == 2026


async def test_new_numbers_act_without_closing(house):
    hub, source, doors = house
    await hub.push(listeners=(row(1),))
    listener = doors._movable[1]

    await hub.push(listeners=(ListenerRow(1, 1, "smtp", 0, 1, 2, 3),))

    assert doors._movable[1] is listener
    assert listener._marks.high == 2
    assert source.open_places == [SMTP]


async def test_trouble_is_told_tried_again_and_over_one_day(house):
    hub, source, _ = house
    source.troubles[SMTP] = Trouble(errno.EADDRINUSE)

    await hub.push(listeners=(row(1), row(2, port=2526)))

    assert hub.states[1].state == "trouble"
    assert hub.states[1].reason == "another program has that port"
    assert hub.states[2].state == "open"
    source.troubles.clear()
    await until(lambda: hub.states[1].state == "open")
    assert hub.states[1].reason == ""


async def test_two_for_one_place_are_not_served_by_one_socket(house):
    """It can happen where computers have different base ports."""
    hub, source, _ = house

    await hub.push(listeners=(row(1), row(2, "submission", 2025)))

    assert source.open_places == [SMTP]
    assert hub.states[2].reason == "smtp listens there already"
    await hub.push(gone_listeners=(1,))
    await until(lambda: hub.states[2].state == "open")


async def test_what_was_deleted_while_it_was_opened_is_closed_again(house):
    hub, source, doors = house
    source.gate.clear()
    opening = asyncio.ensure_future(hub.push(listeners=(row(1),)))
    await source.asked.wait()

    await hub.push(gone_listeners=(1,))
    source.gate.set()
    await opening

    assert source.open_places == []
    assert not doors._movable


async def test_without_a_certificate_a_tls_service_says_so(house):
    hub, source, _ = house

    await hub.push(listeners=(row(1, "submissions"),))

    assert source.open_places == []
    assert "certificate" in hub.states[1].reason
