"""The supervisor's sockets: given to roles, kept through their death, closed."""

import asyncio
import contextlib
import errno
import socket
import threading

import pytest

from fix_ports import free_port
from mailmax.net.keeper import Keeper
from mailmax.net.place import Place, Trouble, bind, place_of
from mailmax.net.sources import KeptSockets, OwnSockets


class House:
    """A keeper that attends in a thread, and lines of roles."""

    def __init__(self):
        self.keeper = Keeper(("smtpmax", "popmax"))
        self._stopping = False
        self._lock = threading.Lock()
        self._ends = []
        self._thread = threading.Thread(target=self._attend)
        self._thread.start()

    def _attend(self):
        while not self._stopping:
            with self._lock:
                self.keeper.attend()

    def line(self, role):
        """Begin a process of a role: return its end of the line."""
        with self._lock:
            self.keeper.before_fork(role)
            end = self.keeper._their_ends.pop(role)
        self._ends.append(end)
        return end

    def close(self):
        self._stopping = True
        self._thread.join()
        self.keeper.close()
        for end in self._ends:
            end.close()


@pytest.fixture
def house():
    built = House()
    yield built
    built.close()


@pytest.fixture
def place():
    return Place("127.0.0.1", free_port())


def knock(place):
    return socket.create_connection(place, timeout=30)


async def settled(source, place):
    """What was asked before is done: the next answer has come."""
    source.settle()
    found = await source.open(Place("127.0.0.1", 1))
    if isinstance(found, socket.socket):
        found.close()
        source.close(Place("127.0.0.1", 1))
    await source.open(Place("192.0.2.1", 9))


async def test_who_starts_again_finds_who_knocked_meanwhile(house, place):
    """DESIGN 2: a restarted worker finds its backlog."""
    first = KeptSockets(house.line("smtpmax"))
    sock = await first.open(place)
    sock.close()
    with knock(place) as client:
        second = KeptSockets(house.line("smtpmax"))

        again = await second.open(place)

        again.setblocking(False)
        accepted, _ = again.accept()
        accepted.send(b"hello")
        assert client.recv(5) == b"hello"
        accepted.close()
        again.close()


async def test_what_is_closed_is_refused(house, place):
    source = KeptSockets(house.line("smtpmax"))
    (await source.open(place)).close()

    source.close(place)
    await settled(source, place)

    with pytest.raises(ConnectionRefusedError):
        knock(place)


async def test_what_a_new_process_does_not_want_any_more_is_closed(house, place):
    (await KeptSockets(house.line("smtpmax")).open(place)).close()
    source = KeptSockets(house.line("smtpmax"))
    knock(place).close()

    await settled(source, place)

    with pytest.raises(ConnectionRefusedError):
        knock(place)


async def test_a_role_gets_nothing_of_another_role(house, place):
    mine = KeptSockets(house.line("smtpmax"))
    theirs = KeptSockets(house.line("popmax"))
    (await mine.open(place)).close()

    assert await theirs.open(place) == Trouble(errno.EADDRINUSE)
    theirs.close(place)
    await settled(theirs, place)
    knock(place).close()


@pytest.mark.parametrize(
    ("address", "number"),
    [("192.0.2.1", errno.EADDRNOTAVAIL), ("taken", errno.EADDRINUSE)],
)
async def test_what_cannot_be_bound_is_said(house, place, address, number):
    with contextlib.ExitStack() as stack:
        if address == "taken":
            address = "127.0.0.1"
            stack.enter_context(socket.create_server(place))

        found = await KeptSockets(house.line("smtpmax")).open(
            Place(address, place.port)
        )

    assert found == Trouble(number)
    assert found.reason


@pytest.mark.parametrize("port", [0, 65536, 81000, 99999999999999999999])
async def test_a_port_that_there_is_not_is_answered_and_the_line_lives(
    house, place, port
):
    source = KeptSockets(house.line("smtpmax"))

    found = await source.open(Place("127.0.0.1", port))

    assert found == Trouble(errno.ERANGE)
    assert found.reason == "there is no such port"
    sock = await source.open(place)
    assert isinstance(sock, socket.socket)
    sock.close()


async def test_what_sockets_refuse_by_themselves_is_answered(house, place, monkeypatch):
    def refuse(_place):
        raise OverflowError

    source = KeptSockets(house.line("smtpmax"))
    with monkeypatch.context() as patched:
        patched.setattr("mailmax.net.keeper.bind", refuse)
        assert await source.open(place) == Trouble(errno.EINVAL)

    sock = await source.open(place)
    assert isinstance(sock, socket.socket)
    sock.close()


async def test_hundreds_are_asked_for_and_closed_at_once(house):
    source = KeptSockets(house.line("smtpmax"))
    places = [Place("127.0.0.1", free_port()) for _ in range(300)]

    opened = await asyncio.gather(*(source.open(place) for place in places))

    assert all(isinstance(sock, socket.socket) for sock in opened)
    for sock in opened:
        place = place_of(sock)
        sock.close()
        source.close(place)
    await settled(source, places[0])
    assert not [kept for kept in house.keeper._kept if kept in places]


@pytest.mark.parametrize(
    "packet",
    [
        b"open 127.0.0.1",
        b"open 127.0.0.1 -1",
        b"open localhost 2525",
        b"open /etc/passwd 25",
        b"open 127.0.0.1\0 25",
        b"open \xff 25",
        b"open 127.0.0.1 \xd9\xa3",
        b"close",
        b"exec x",
        b"x" * 5000,
        b" ",
    ],
)
async def test_a_role_that_says_anything_else_is_hung_up(house, packet):
    end = house.line("smtpmax")
    other = KeptSockets(house.line("popmax"))

    end.send(packet)
    end.settimeout(2)

    assert end.recv(100) == b""
    found = await other.open(Place("192.0.2.1", 9))
    assert found == Trouble(errno.EADDRNOTAVAIL), "the others are served"


async def test_a_role_whose_line_is_cut_is_told_that_nobody_answers(house, place):
    source = KeptSockets(house.line("smtpmax"))
    (await source.open(place)).close()

    house.line("smtpmax")  # a new process: the old line ends
    await asyncio.sleep(0.05)

    assert await source.open(place) == Trouble(errno.EPIPE)


def test_a_child_keeps_its_own_end_only(place):
    keeper = Keeper(("smtpmax", "popmax"))
    keeper.before_fork("popmax")
    keeper._open("popmax", keeper._lines["popmax"], place)
    keeper.in_parent()
    keeper.before_fork("smtpmax")
    others = [kept.sock for kept in keeper._kept.values()]
    lines = list(keeper._lines.values())

    own = keeper.in_child("smtpmax")

    assert own.fileno() > 0
    assert all(sock.fileno() == -1 for sock in (*others, *lines))
    own.close()


def test_a_role_that_listens_for_nobody_has_no_line():
    keeper = Keeper(("smtpmax",))

    keeper.before_fork("datamax")

    assert keeper.in_child("datamax") is None


async def test_sockets_of_systemd_are_known_by_their_place(place):
    with socket.create_server(place) as inherited:
        source = OwnSockets([inherited])

        sock = await source.open(place)

        with knock(place):
            accepted, _ = sock.accept()
            accepted.close()
        sock.close()


async def test_sockets_of_systemd_are_made_deaf_and_hear_again(place):
    with socket.create_server(place) as inherited:
        source = OwnSockets([inherited])
        (await source.open(place)).close()

        source.close(place)
        with pytest.raises(ConnectionRefusedError):
            knock(place)

        sock = await source.open(place)
        knock(place).close()
        sock.close()


async def test_sockets_of_systemd_that_nobody_wants_are_deaf(place):
    with socket.create_server(place) as inherited:
        source = OwnSockets([inherited])
        knock(place).close()

        source.settle()

        with pytest.raises(ConnectionRefusedError):
            knock(place)


async def test_the_rest_is_bound_by_the_role_itself(place):
    sock = await OwnSockets().open(place)

    knock(place).close()
    assert place_of(sock) == place
    sock.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "*"])
def test_any_is_one_socket_for_both_families(place, address):
    sock = bind(Place(address, place.port))
    if isinstance(sock, Trouble) and sock.is_elsewhere:
        pytest.skip("this computer has no IPv6")

    assert place_of(sock) == Place(address, place.port)
    reached = set()
    for host in ("127.0.0.1", "::1"):
        with contextlib.suppress(OSError):
            socket.create_connection((host, place.port), timeout=30).close()
            reached.add(host)
    assert reached == ({"127.0.0.1", "::1"} if address == "*" else {address})
    sock.close()


def test_a_port_above_the_last_is_a_trouble():
    assert bind(Place("127.0.0.1", 70_000)) == Trouble(errno.ERANGE)
