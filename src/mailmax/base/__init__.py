"""The shared words: addresses, ids, envelopes, decisions and failures. Pure."""
