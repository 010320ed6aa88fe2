"""The proofs of the host password: what changes them, and that none is reflected."""

from mailmax.hub import handshake

KEY = handshake.derive_key("h0st-password")
SEEN = (b"c" * 32, b"h" * 32, b"")


def test_each_part_changes_the_proof():
    proofs = {
        handshake.prove_client(KEY, *SEEN),
        handshake.prove_hub(KEY, *SEEN),
        handshake.prove_client(handshake.derive_key("other"), *SEEN),
        handshake.prove_client(KEY, b"x" * 32, SEEN[1], b""),
        handshake.prove_client(KEY, SEEN[0], b"x" * 32, b""),
        handshake.prove_client(KEY, SEEN[0], SEEN[1], b"certificate"),
        handshake.prove_client(KEY, SEEN[1], SEEN[0], b""),
    }

    assert len(proofs) == 7


def test_parts_cannot_be_shifted_into_each_other():
    one = handshake.prove_client(KEY, b"ab", b"c", b"")
    two = handshake.prove_client(KEY, b"a", b"bc", b"")

    assert not handshake.is_same(one, two)


def test_the_same_is_the_same():
    assert handshake.is_same(
        handshake.prove_hub(KEY, *SEEN), handshake.prove_hub(KEY, *SEEN)
    )
