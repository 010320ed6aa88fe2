"""Where mail first becomes durable: the port, its grouping, its memory twin."""
