"""One command, one file: its value and, under its ABNF, its parser."""
