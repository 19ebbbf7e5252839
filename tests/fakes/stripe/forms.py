"""Stripe's way to send nested values in a form: ``metadata[reference]=7``, ``expand[0]=latest_charge``."""

import re
from collections.abc import Iterable
from typing import Any

_PART = re.compile(r"\[([^\]]*)\]")


def read(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the nested dict that a form's pairs describe; lists come as dicts by position and are made lists."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head, *rest = [name.partition("[")[0], *_PART.findall(name)]
        node, path = tree, [head, *rest]
        for step in path[:-1]:
            node = node.setdefault(step, {})
        last = path[-1] or str(len(node))
        node[last] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}
