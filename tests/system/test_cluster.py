"""Two whole suites that are a cluster (CLU-1; `fix_members`).

The tests leave both as they found them.
"""

import os
import signal
import time

import pytest

from commands import type_mailmax
from fix_computers import WHY_NOT
from fix_members import SHARED, Cluster

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT),
]


def test_mail_for_a_user_of_the_other_member_arrives_there(cluster: Cluster) -> None:
    subject = cluster.alpha.send(cluster.bob.address)
    back = cluster.beta.send(cluster.ann.address)

    seen = cluster.beta.wait_for(cluster.bob, subject)
    cluster.alpha.wait_for(cluster.ann, back)

    assert b"from mail.suite.test (" in seen  # by way of alpha


def test_an_alias_is_known_like_a_user_and_a_stranger_is_refused(
    cluster: Cluster,
) -> None:
    cluster.beta.type("alias", "add", f"robert@{SHARED}", cluster.bob.address)

    subject = cluster.alpha.send(f"robert+x@{SHARED}")
    code, words = cluster.alpha.rcpt(f"nobody@{SHARED}")

    assert (code, words[:5]) == (550, "5.1.1")
    cluster.beta.wait_for(cluster.bob, subject)


@pytest.mark.timed
def test_a_new_user_is_known_on_the_other_member_at_once(cluster: Cluster) -> None:
    assert cluster.alpha.rcpt(f"fresh@{SHARED}")[0] == 550

    begin = time.monotonic()
    fresh = cluster.beta.add_user("fresh")
    while cluster.alpha.rcpt(fresh.address)[0] != 250:
        assert time.monotonic() - begin < 5

    cluster.beta.wait_for(fresh, cluster.alpha.send(fresh.address))


def test_a_user_moves_from_one_member_to_the_other(cluster: Cluster) -> None:
    there = cluster.beta.add_user("mover")
    cluster.beta.wait_for(there, cluster.alpha.send(there.address))

    here = cluster.alpha.add_user("mover")
    cluster.alpha.wait_for(here, cluster.alpha.send(here.address))
    cluster.beta.type("user", "delete", there.address)

    cluster.alpha.wait_for(here, cluster.beta.send(here.address))


def test_a_forward_to_the_other_member_is_carried_out(cluster: Cluster) -> None:
    hub = cluster.alpha.add_user("hub")
    cluster.alpha.type("user", "forward", hub.address, "add", cluster.bob.address)
    cluster.alpha.type("user", "set", hub.address, "forwarding_on=on")

    subject = cluster.alpha.send(hub.address)

    cluster.beta.wait_for(cluster.bob, subject)


def test_what_came_from_a_member_goes_on_to_none(cluster: Cluster) -> None:
    """However stale the tables are, mail goes round nowhere (DECISIONS 2)."""
    alpha, beta = cluster.alpha, cluster.beta
    gone = beta.add_user("gone")
    assert alpha.rcpt(cluster.bob.address, origin=beta.computer)[0] == 550
    assert alpha.rcpt(cluster.ann.address, origin=beta.computer)[0] == 250

    hub = alpha.suite.role_pid("datamax")
    with alpha.reading(cluster.ann) as look:
        os.kill(hub, signal.SIGSTOP)
        try:
            deleted = type_mailmax(
                *("user", "delete", gone.address),
                *("--dir", str(beta.suite.directory)),
            )
            assert "not yet acting by it" in deleted.stderr
            subject = alpha.send(gone.address, sender=cluster.ann.address)
            report = look("Undelivered")
        finally:
            os.kill(hub, signal.SIGCONT)

    assert gone.address.encode() in report
    assert b"5.1.1" in report
    assert subject.encode() in report
    alpha.wait_in_sync()


def test_the_catch_all_comes_after_the_members(cluster: Cluster) -> None:
    alpha = cluster.alpha
    alpha.type("domain", "set", SHARED, f"catch_all={cluster.ann.address}")
    try:
        for_bob = alpha.send(cluster.bob.address)
        for_nobody = alpha.send(f"nobody@{SHARED}")
        cluster.beta.wait_for(cluster.bob, for_bob)
        alpha.wait_for(cluster.ann, for_nobody)
    finally:
        alpha.type("domain", "set", SHARED, "catch_all=")


def test_a_member_that_is_away_defers_strangers_and_its_mail_waits(
    cluster: Cluster,
) -> None:
    """It takes the DataMax timeout; what waits is told to try again."""
    alpha, beta = cluster.alpha, cluster.beta
    alpha.type("config", "set", "datamax_timeout_s", "5")
    alpha.type("domain", "set", SHARED, f"catch_all={cluster.ann.address}")
    beta.suite.stop()
    try:
        end = time.monotonic() + 60
        while (answer := alpha.rcpt(f"nobody@{SHARED}"))[0] == 250:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert answer == (451, "4.4.3 Not known now, try again later")
        assert alpha.status() == 75
        found = alpha.type("status")
        assert "beta is silent" in found
        subject = alpha.send(cluster.bob.address)
        assert alpha.rcpt(cluster.ann.address)[0] == 250
        assert alpha.rcpt(f"postmaster@{SHARED}")[0] in (250, 451)
    finally:
        beta.suite.start()
        alpha.type("domain", "set", SHARED, "catch_all=")

    alpha.wait_in_sync()
    assert alpha.rcpt(f"nobody@{SHARED}")[0] == 550
    alpha.type("queue", "retry", "--all")
    beta.wait_for(cluster.bob, subject)
    alpha.type("config", "set", "datamax_timeout_s", "120")
