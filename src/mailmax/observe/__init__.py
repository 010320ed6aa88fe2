"""Watching: the event catalogue, log files, counters. Never decides."""
