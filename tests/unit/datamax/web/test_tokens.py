"""Tokens and recovery codes."""

from mailmax.datamax.web import tokens


def test_tokens_have_256_bits_and_are_never_the_same():
    made = {tokens.make_token() for _ in range(50)}

    assert len(made) == 50
    assert all(len(one) == 43 for one in made)


def test_keys_are_told_from_tokens():
    key = tokens.make_key()

    assert key.startswith("mmx_")
    assert tokens.is_key(key)
    assert not tokens.is_key(key[4:])
    assert tokens.hash_token(key) != tokens.hash_token(key[4:])


def test_a_recovery_code_is_taken_however_it_is_typed():
    codes = tokens.make_recovery_codes()
    kept = tokens.hash_recovery_code(7, codes[0])

    assert len(set(codes)) == 10
    assert all(len(one) == 19 for one in codes)
    assert kept == tokens.hash_recovery_code(7, codes[0].lower().replace("-", " "))
    assert kept != tokens.hash_recovery_code(8, codes[0])
    assert kept != tokens.hash_recovery_code(7, codes[1])
    tokens.hash_token("\udcff")  # whatever came in
