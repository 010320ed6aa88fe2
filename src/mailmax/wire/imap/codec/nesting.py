"""How deep parentheses nest, looked at before anything is parsed (TRUST E2)."""

import re

DEEPEST = 20
_SIGNS = re.compile(rb'\\.|["()]', re.DOTALL)


def nests_too_deep(text: bytes) -> bool:
    """Tell whether parentheses outside quoted strings nest deeper than 20.

    Literals count like other text: whoever sends a literal with twenty open
    parentheses in a command that is not APPEND means no good.
    """
    if text.count(b"(") <= DEEPEST:
        return False
    depth = 0
    quoted = False
    for found in _SIGNS.finditer(text):
        sign = found[0]
        if sign == b'"':
            quoted = not quoted
        elif quoted or len(sign) > 1:
            continue
        elif sign == b"(":
            depth += 1
            if depth > DEEPEST:
                return True
        else:
            depth -= 1
    return False
