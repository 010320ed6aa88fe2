"""What is said between DataMax and everyone else, a module for each subject.

Theory:
    A *request* is answered once, by the answer type it names or by `Denied`; a
    *notice* is not. All are tagged, array-like structs: new fields go at the end with
    a default; anything else raises `joining.VERSION`, and a hub refuses another
    version in plain words. Every message stands in a list of `hub.codec`, which makes
    octets of them.

    Who joins (`joining`) tells of itself (`presence`, `bindings`), has tables pushed
    (`tables`, `rows`, `visitors`) and asks while it serves (`logins`, `sending`,
    `housekeeping`). What administrators ask has a module for each thing they manage;
    what the hub does not know itself it passes on (`relayed`).

Rules:
    No two messages have the same tag.

Manual: 1.1.1, 2.2, 4.1.
"""
