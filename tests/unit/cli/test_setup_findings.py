"""What the wizard finds on a computer."""

from mailmax.cli.setup_mode.findings import own_addresses
from mailmax.net.resolver import load_name_servers, own_name_servers

FIB_TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 192.0.2.0/24 2 0 2
        |-- 192.0.2.0
           /24 link UNICAST
        |-- 192.0.2.25
           /32 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
Local:
        |-- 192.0.2.25
           /32 host LOCAL
        |-- 192.0.2.255
           /32 link BROADCAST
"""
IF_INET6 = """\
00000000000000000000000000000001 01 80 10 80       lo
fe800000000000000000000000000001 02 40 20 80     eth0
20010db8000000000000000000000025 02 40 00 80     eth0
"""


def test_addresses_are_those_of_the_computer_each_once_without_loopback(tmp_path):
    (tmp_path / "fib_trie").write_text(FIB_TRIE)
    (tmp_path / "if_inet6").write_text(IF_INET6)

    assert own_addresses(tmp_path) == ["192.0.2.25", "2001:db8::25"]


def test_without_proc_no_address_is_found(tmp_path):
    assert own_addresses(tmp_path) == []


def test_name_servers_that_there_are_not_are_told_apart_from_the_usual_one(tmp_path):
    empty = tmp_path / "resolv.conf"
    empty.write_text("search example.org\n")

    assert own_name_servers(empty) == []
    assert load_name_servers(empty) == [("127.0.0.1", 53)]
