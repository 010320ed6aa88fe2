"""Decisions: facts in, values out; no clock, no disk, no await. Pure."""
