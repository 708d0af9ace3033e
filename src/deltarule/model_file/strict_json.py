"""JSON without its loopholes: no key twice, no NaN, no number too large to be one."""

import json
import math
from collections import Counter
from typing import Any


def parse(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError
        Also for what ``json.loads`` lets pass: duplicate keys, NaN and Infinity, floats beyond
        float64, half a character (a lone surrogate), nesting beyond the interpreter's stack.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_finite,
            parse_constant=_refuse_constant,
        )
        if r"\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode()  # a UnicodeEncodeError is a ValueError
        return value
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:40]} is beyond float64")
    return number


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number in JSON")
