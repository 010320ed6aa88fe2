"""The only module that knows everybody: builds services and wires them."""
