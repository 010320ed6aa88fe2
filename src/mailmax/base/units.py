"""Octets and times as people write them in settings."""

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

MINUTE_S = 60
HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
