"""External programs, contained: the virus check, a rule's test, a rule's program."""
