"""Contradictions and risks in what is set, found from facts: one function a check.

Theory:
    A value alone is judged where it is declared (`settings`), and most of what makes
    no sense together is refused when it is saved. What is left comes about later: a
    user that others point to is disabled, an alias goes, a file of the node changes.
    `system`, `domains`, `users`, `connections` and `access` look at what DataMax
    keeps (`facts.Facts`), `node` at one computer (`node.NodeFacts`).

Rules:
    A check yields `Finding`s: field, reason, cure. Its name is what an administrator
    leaves it out by, so it is never changed.

Manual: 12.
"""
