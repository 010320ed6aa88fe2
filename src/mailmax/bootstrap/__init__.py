"""The only place that knows everybody: binds sockets, builds services, wires them."""
