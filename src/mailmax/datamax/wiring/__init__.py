"""How the hub is put together: its desks, by what they are about.

Theory:
    Each module makes the desks of one subject and says who of them answers what. What
    desks of several subjects use is in `common`. The hub itself (`datamax.service`) has
    the doors, the members, and what follows from changes.
"""
