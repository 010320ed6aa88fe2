"""The ledger itself: each kind of broken promise is seen."""

from fix_ledger import Ledger


def test_kept_promises_are_clean() -> None:
    ledger = Ledger()
    (name, content), (_, unanswered) = ledger.make(), ledger.make()
    ledger.promise(name)

    verdict = ledger.judge([b"Received: by us\r\n" + content, unanswered])

    assert verdict.is_clean
    assert (verdict.promised, verdict.extra) == (1, 1)


def test_each_kind_of_damage_is_seen() -> None:
    ledger = Ledger()
    made = [ledger.make() for _ in range(3)]
    for name, _ in made:
        ledger.promise(name)
    twice, broken = made[0][1], made[1][1].replace(b"m2 0", b"m2 1", 1)

    verdict = ledger.judge([twice, twice, broken, b"Subject: not ours\r\n\r\n"])

    assert verdict.lost == ["m3"]
    assert verdict.duplicate == ["m1"]
    assert verdict.corrupt == ["m2"]
    assert len(verdict.phantom) == 1
    assert not verdict.is_clean
