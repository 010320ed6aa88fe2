"""What all resources of the REST API have in common; knows none of them.

Theory:
    A request goes through these, in this order: `exchange` (what came, within
    limits), `dispatch` (which route; may it; what it takes), the route's own function
    with a `Call`, `answers` (octets, ETag). Each "no" on the way is a `Problem`.
"""
