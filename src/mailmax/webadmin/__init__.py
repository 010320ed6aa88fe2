"""WebAdmin: pages for people and a REST API for programs, a thin client of the hub."""
