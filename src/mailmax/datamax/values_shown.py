"""Settings of a domain or user as administrators see them: what holds, and whence.

Manual: 6.1, 6.2, 7.1.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mailmax.datamax.rows import as_text
from mailmax.hub.contract.administration import ValueView
from mailmax.settings.field import Field
from mailmax.settings.resolve import Scope, resolve, scope_of

BUILT_IN = "built-in"
SYSTEM = "system"


def shown_values(
    scopes: Mapping[str, Scope],
    shown: Callable[[Field, Any], Any] = lambda _, value: value,
) -> Iterator[ValueView]:
    """Give every setting of the narrowest scope.

    Args:
        scopes: By their names, the narrowest first; the last is the system's.
        shown: Makes of a value what may be shown.
    """
    names, (here, *above) = tuple(scopes), tuple(scopes.values())
    unset = Scope(here.fields, {})
    for key, field in here.fields.items():
        value = resolve(key, here, *above)
        depth = scope_of(key, here, *above)
        source = BUILT_IN if depth is None else names[depth]
        system = ""
        if field.zero == SYSTEM:
            system = as_text(resolve(key, above[-1]))
            if not value and depth != 0:
                source = SYSTEM if key in above[-1].own else BUILT_IN
        yield ValueView(
            key,
            as_text(shown(field, value)),
            key in here.own,
            source,
            as_text(shown(field, resolve(key, unset, *above))),
            system,
        )
