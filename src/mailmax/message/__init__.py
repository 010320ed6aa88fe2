"""RFC 5322 and MIME: octets in, values out, offsets kept. Pure."""
