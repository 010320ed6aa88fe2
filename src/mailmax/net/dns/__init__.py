"""The parts of the resolver: codec, exchange over UDP and TCP, cache."""
