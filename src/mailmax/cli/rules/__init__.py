"""``mailmax rule``: rules at the terminal, and the words in which they are written."""
