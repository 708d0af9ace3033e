"""Warnings that point at the user's own line, however deep they come from."""

import sys
import warnings

OURS = ("deltarule", "sklearn.callback", "contextlib")  # whose frames the user did not write


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, with the line outside deltarule that all this was called from.

    (``skip_file_prefixes`` does that from Python 3.12 on.)
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in OURS)
