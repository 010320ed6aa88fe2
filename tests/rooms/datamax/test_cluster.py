"""Members of a cluster tell each other their addresses (CLU-1, DECISIONS 2)."""

import asyncio

import pytest

from fix_cluster import DOMAIN, ClusterHouse, until_async
from fix_hub import HOST_PASSWORD
from mailmax.datamax.cluster import told
from mailmax.hub.codec import encode_message
from mailmax.hub.contract.aliases import AddAlias, DeleteAlias
from mailmax.hub.contract.cluster import (
    CLUSTER,
    ChangeClusterMember,
    RemoveClusterMember,
    ShareAddresses,
    Sharing,
)
from mailmax.hub.contract.domains import AddDomain, AddDomainAlias
from mailmax.hub.contract.joining import VERSION, Challenge
from mailmax.hub.contract.message import Denied, Done, Secret
from mailmax.hub.contract.rows import UserRow
from mailmax.hub.contract.settings import SetSetting
from mailmax.hub.contract.tables import (
    FILER_TOPICS,
    QUEUE_TOPICS,
    Subscribe,
    TableUpdate,
)
from mailmax.hub.contract.users import ChangeUser, DeleteUser, RenameUser
from mailmax.net.tls import server_context
from mailmax.policy.recipients import NoUser
from mailmax.wire.hub.frames import encode_frame
from waiting import until


async def test_a_member_tells_the_addresses_of_clustered_domains_that_both_have(
    alpha: ClusterHouse, beta: ClusterHouse
):
    await alpha.open("ann")
    await beta.open("bob")
    await beta.do(AddAlias(f"robert@{DOMAIN}", f"bob@{DOMAIN}"))
    await beta.do(AddDomain("own.test", {"kind": "clustered"}))
    await beta.do(AddDomain("plain.test"))
    await beta.add_user(beta.desk, "eve@own.test")
    await beta.add_user(beta.desk, "pat@plain.test")
    smtpmax = await alpha.client()

    await alpha.join(beta)
    await alpha.in_sync("beta")

    row = (await alpha.members())["beta"]
    assert (row.addresses, row.domains, row.system_name) == (2, (DOMAIN,), "beta")
    await until(lambda: smtpmax.tables.cluster.is_in_sync)
    assert alpha.knows(smtpmax, "bob") == "beta"
    assert alpha.knows(smtpmax, "bob+tag") == "beta"
    assert alpha.knows(smtpmax, "robert") == "beta"
    assert alpha.knows(smtpmax, "ann") == ""
    for client in (
        await alpha.client("filer", FILER_TOPICS),
        await alpha.client("queuemax", QUEUE_TOPICS),
    ):
        assert alpha.knows(client, "bob") == "beta"


async def test_what_changes_there_is_known_here_when_the_change_returns(
    alpha: ClusterHouse, beta: ClusterHouse
):
    await alpha.open()
    await beta.open("bob")
    await alpha.join(beta)
    smtpmax = await alpha.client()
    await alpha.in_sync("beta")

    await beta.add_user(beta.desk, f"new@{DOMAIN}")
    assert alpha.knows(smtpmax, "new") == "beta"

    await beta.do(RenameUser(f"new@{DOMAIN}", f"newer@{DOMAIN}", keep_old=True))
    assert alpha.knows(smtpmax, "newer") == "beta"
    assert alpha.knows(smtpmax, "new") == "beta"

    await beta.do(DeleteAlias(f"new@{DOMAIN}"))
    assert alpha.knows(smtpmax, "new") == ""

    await beta.do(DeleteUser(f"bob@{DOMAIN}"))
    assert alpha.knows(smtpmax, "bob") == ""


async def test_a_domain_that_becomes_clustered_is_shared_with_its_other_names(
    alpha: ClusterHouse, beta: ClusterHouse
):
    await alpha.open(kind="normal")
    await beta.open("bob", kind="normal")
    await alpha.join(beta)
    smtpmax = await alpha.client()
    await alpha.in_sync("beta")
    assert alpha.knows(smtpmax, "bob") == ""

    await beta.make(DOMAIN, kind="clustered")
    await alpha.make(DOMAIN, kind="clustered")
    await until(lambda: alpha.knows(smtpmax, "bob") == "beta")

    await beta.do(AddDomainAlias("other.test", DOMAIN))
    await until(lambda: alpha.knows(smtpmax, "bob", "other.test") == "beta")

    await beta.make(DOMAIN, kind="normal")
    await until(lambda: alpha.knows(smtpmax, "bob") == "")


async def test_a_member_that_restarts_tells_all_anew_and_was_never_out_of_sync(
    alpha: ClusterHouse, beta: ClusterHouse
):
    await alpha.open()
    await beta.open("bob", "eve")
    await alpha.join(beta)
    smtpmax = await alpha.client()
    await alpha.in_sync("beta")

    await beta.desk.stop()
    await beta.stop()
    await alpha.out_of_touch("beta")
    assert smtpmax.tables.cluster.is_in_sync
    assert alpha.knows(smtpmax, "bob") == "beta"
    await beta.start()
    beta.desk = await beta.admin()
    await beta.do(DeleteUser(f"bob@{DOMAIN}"))

    await until(lambda: alpha.knows(smtpmax, "bob") == "")
    assert alpha.knows(smtpmax, "eve") == "beta"


async def test_a_member_that_is_away_too_long_is_silent(
    alpha: ClusterHouse, beta: ClusterHouse
):
    await alpha.open()
    await beta.open("bob")
    await alpha.join(beta)
    smtpmax = await alpha.client()
    await alpha.in_sync("beta")
    await until(lambda: smtpmax.tables.cluster.is_in_sync)

    await beta.desk.stop()
    await beta.stop()
    await alpha.out_of_touch("beta")
    alpha.hub._common.settings["datamax_timeout_s"] = 0.2

    await until(lambda: not smtpmax.tables.cluster.is_in_sync)
    assert smtpmax.tables.cluster.silent == ("beta",)
    assert alpha.knows(smtpmax, "bob") == "beta"
    assert smtpmax.tables.cluster.find("nobody", DOMAIN) is None


async def test_a_member_that_was_never_seen_is_not_in_sync(alpha, beta):
    await alpha.open()
    smtpmax = await alpha.client()

    await alpha.join(beta)

    await until(lambda: not smtpmax.tables.cluster.is_in_sync)
    await alpha.do(RemoveClusterMember("beta"))
    await until(lambda: smtpmax.tables.cluster.is_in_sync)


async def test_who_has_our_name_is_refused(alpha: ClusterHouse, beta: ClusterHouse):
    await alpha.open()
    beta.name = "alpha"
    await beta.open("bob")

    taken = await alpha.desk.ask(alpha.joining(beta))
    assert isinstance(taken, Denied)
    await alpha.do(alpha.joining(beta, name="other"))

    await alpha.troubled("other", "is called alpha, too")
    assert not (await alpha.members())["other"].is_in_sync
    await beta.do(SetSetting("system_name", "beta"))
    await alpha.in_sync("other")
    refused = await alpha.desk.ask(SetSetting("system_name", "beta"))
    assert isinstance(refused, Denied)


async def test_a_wrong_password_is_said_and_never_shown(
    alpha: ClusterHouse, beta: ClusterHouse
):
    await alpha.open()
    await beta.open("bob")
    await alpha.do(alpha.joining(beta))
    await alpha.do(ChangeClusterMember("beta", password=Secret("wr0ng-password")))

    await alpha.troubled("beta", "wrong password")
    await alpha.do(ChangeClusterMember("beta", password=Secret(HOST_PASSWORD)))
    await alpha.in_sync("beta")
    kept = [file.read_bytes() for file in (alpha.root / "data").iterdir()]
    assert kept
    assert not any(HOST_PASSWORD.encode() in octets for octets in kept)
    assert "wr0ng" not in repr(await alpha.members())


async def test_a_changed_smtp_address_needs_no_new_line(
    alpha: ClusterHouse, beta: ClusterHouse
):
    await alpha.open()
    await beta.open("bob")
    await alpha.join(beta)
    queuemax = await alpha.client("queuemax", QUEUE_TOPICS)
    await alpha.in_sync("beta")

    changed = ChangeClusterMember("beta", new_name="b", smtp_address="192.0.2.1")
    await alpha.do(changed)

    await until(lambda: queuemax.tables.cluster.member_with("bob", DOMAIN).name == "b")
    row = queuemax.tables.cluster.member_with("bob", DOMAIN)
    assert row.smtp_address == "192.0.2.1"
    assert row.is_in_sync
    await until(lambda: "192.0.2.1" in queuemax.tables.cluster.senders)


async def test_another_system_asks_for_addresses_and_nothing_else(
    beta: ClusterHouse,
):
    await beta.open("bob")
    guest = await beta.client(CLUSTER, frozenset())

    for request in (
        SetSetting("hostname", "x.test"),
        Subscribe(frozenset({"addresses"})),
        DeleteUser(f"bob@{DOMAIN}"),
    ):
        answer = await guest.ask(request)
        assert isinstance(answer, Denied)
        assert answer.kind == "not_allowed"
    asked = ShareAddresses("gamma", (DOMAIN,))
    assert isinstance(await guest.ask(asked), Sharing)
    users = guest.tables.users
    assert len(users) == 1
    assert users.by_address(f"bob@{DOMAIN}").home == ""
    service = await beta.client()
    assert isinstance(await service.ask(asked), Denied)


async def test_a_disabled_user_of_a_member_takes_no_mail(alpha, beta):
    await alpha.open()
    await beta.open("bob")
    await alpha.join(beta)
    smtpmax = await alpha.client()
    await alpha.in_sync("beta")

    await beta.do(ChangeUser(f"bob@{DOMAIN}", {"kind": "disabled"}))

    assert smtpmax.tables.cluster.find("bob", DOMAIN) is NoUser.DISABLED


GARBAGE = (
    b"",
    b"\xff" * 64,
    encode_frame(b"\x93\x01\x02"),
    encode_frame(encode_message(1, Done())),
    encode_frame(encode_message(1, Challenge(VERSION, b""))) * 2,
    encode_frame(
        encode_message(
            0,
            TableUpdate(b"e", 1, whole=True, users=(UserRow(1, f"x@{DOMAIN}", ""),)),
        )
    ),
)


@pytest.mark.parametrize("octets", GARBAGE)
async def test_whoever_answers_in_a_members_place_stops_nothing(
    alpha: ClusterHouse, beta: ClusterHouse, octets: bytes
):
    """TRUST L2: it proves nothing, and what it says is worth nothing."""

    async def answer(reader, writer):
        await reader.read(10)
        writer.write(octets)
        writer.close()

    tls = server_context(beta.root / "tls/cert.pem", beta.root / "tls/key.pem")
    server = await asyncio.start_server(answer, "127.0.0.1", beta.port, ssl=tls)
    await alpha.open("ann")

    await alpha.join(beta)
    await until_async(lambda: tried(alpha))

    assert not (await alpha.members())["beta"].is_in_sync
    assert (await alpha.members())["beta"].addresses == 0
    server.close()
    await beta.open("bob")
    await alpha.in_sync("beta")


async def tried(house: ClusterHouse) -> bool:
    return (await house.members())["beta"].trouble not in ("", "not joined yet")


async def test_what_a_member_says_of_itself_is_shown_as_words_alone(
    alpha: ClusterHouse, beta: ClusterHouse, monkeypatch: pytest.MonkeyPatch
):
    await alpha.open("ann")
    await beta.open("bob")
    monkeypatch.setattr(beta.hub._common, "name", lambda: "be\x1b[2Jta\r\n")

    await alpha.join(beta)
    await alpha.troubled("beta", "no name")

    row = (await alpha.members())["beta"]
    assert row.system_name.isprintable()
    assert not row.is_in_sync


async def test_a_member_that_tells_too_much_is_silent_until_it_tells_less(
    alpha: ClusterHouse,
    beta: ClusterHouse,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """TRUST M: nobody fills our memory, whether with whole tables or by and by."""
    monkeypatch.setattr(told, "MOST", 2)
    await alpha.open("ann")
    await beta.open("bob", "rob")
    await alpha.join(beta)
    await alpha.in_sync("beta")
    smtpmax = await alpha.client()

    await beta.add_user(beta.desk, f"one-more@{DOMAIN}")

    await alpha.troubled("beta", "it tells more than 2 addresses")
    assert not (await alpha.members())["beta"].is_in_sync
    await until(lambda: not smtpmax.tables.cluster.is_in_sync)
    assert alpha.knows(smtpmax, "bob") == "beta"
    assert "member beta: it tells more than 2 addresses" in caplog.text

    await beta.do(DeleteUser(f"one-more@{DOMAIN}"))

    await alpha.in_sync("beta")
    assert (await alpha.members())["beta"].addresses == 2


async def test_a_members_refusal_is_one_line(
    alpha: ClusterHouse, beta: ClusterHouse, monkeypatch: pytest.MonkeyPatch
):
    await alpha.open("ann")
    await beta.open("bob")
    no = Denied("not_allowed", "you", "go\x1b[2J\r\naway " + 500 * "x")
    monkeypatch.setattr(beta.hub, "may_join", lambda *_: no)

    await alpha.join(beta)
    await alpha.troubled("beta", "away")

    trouble = (await alpha.members())["beta"].trouble
    assert trouble.isprintable()
    assert len(trouble) <= 300
