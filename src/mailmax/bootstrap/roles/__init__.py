"""How each role is put together: one builder a role, imported by that role only."""
