"""Rules: what becomes of a message, by conditions that people set (manual chapter 8).

Theory:
    A `rule.Rule` has conditions (`condition`) that must all hold, and actions
    (`action`). `check` says what is wrong with one, `summary` reads it aloud;
    `evaluate` applies a list of them to a message and says what is to be done. Nothing
    here does it.

Manual: 4.7, 6.4, 7.5, 8.
"""
