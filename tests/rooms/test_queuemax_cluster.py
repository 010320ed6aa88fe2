"""QueueMax in a cluster: mail goes to the member that has its recipient now."""

from cluster_rows import SHARED, member_rows
from mailmax.hub.contract.rows import DomainRow
from mailmax.hub.contract.tables import TableUpdate
from waiting import until

BOB, EVE = f"bob@{SHARED}", f"eve@{SHARED}"


def tell(office, **rows):
    """Change the table as the hub does."""
    office.hub.cluster.take(TableUpdate(b"epoch", 1, False, **rows))
    office.hub.change()


def place_of(server) -> str:
    return f"127.0.0.1:{server.port}"


def state(office, address: str) -> str:
    return "" if (row := waiting(office, address)) is None else row.state


def waiting(office, address: str):
    page = office.hub.listed(limit=50)
    return next((row for row in page.rows if row.recipient == address), None)


async def clustered(office, remote):
    """Start with bob on another member."""
    server = await remote()
    office.hub.domains[SHARED] = DomainRow(1, SHARED, "clustered")
    tell(office, **member_rows("bob", smtp_address=place_of(server)))
    await office.open()
    return server


async def test_it_goes_to_the_member_whatever_the_smart_host(office, remote):
    smart = await remote()
    office.smart_host(smart)
    server = await clustered(office, remote)

    office.post(f"Bob+x@{SHARED}", "x@far.test")

    await until(lambda: server.taken and smart.taken)
    assert server.taken[0].recipients == [f"Bob+x@{SHARED}"]
    assert smart.taken[0].recipients == ["x@far.test"]


async def test_a_user_who_moved_meanwhile_is_found_at_the_next_try(office, remote):
    old = await clustered(office, remote)
    old.answers = lambda verb, _: "451 not now" if verb == "RCPT" else None
    office.post(BOB)
    await until(lambda: state(office, BOB) == "retry")
    new = await remote()
    tell(office, **member_rows("bob", number=2, smtp_address=place_of(new)))
    tell(office, gone_shared=((1, BOB),))

    await office.close()
    office.clock.ahead_s += 3_600
    await office.open()

    await until(lambda: new.taken)
    assert old.taken == []


async def test_who_is_on_no_member_is_the_filers(office, remote):
    server = await clustered(office, remote)

    office.post(EVE, BOB)

    await until(lambda: office.reported() and server.taken)
    [(envelope, _)] = office.reported()
    assert [one.address for one in envelope.recipients] == [EVE]


async def test_while_a_member_is_silent_unknown_names_wait_and_known_ones_go(
    office, remote
):
    server = await clustered(office, remote)
    tell(office, **member_rows(is_in_sync=False, smtp_address=place_of(server)))

    office.post(EVE, BOB)

    await until(lambda: server.taken and office.reported())
    [(asked, _)] = office.reported()  # the filer knows who is here
    assert [one.address for one in asked.recipients] == [EVE]
    office.post(EVE, origin=asked.origin, step=asked.step)
    await until(lambda: state(office, EVE) == "retry")
    assert "not heard of in the cluster: beta" in repr(waiting(office, EVE))
    assert len(office.reported()) == 1
