"""Which engine does the work."""

import os

from deltarule.engines.base import Engine
from deltarule.engines.reference import ReferenceEngine
from deltarule.errors import SettingError

VARIABLE = "DELTARULE_ENGINE"


def built_engines() -> list[type[Engine]]:
    """Return the engines that there are, the fastest first."""
    try:
        from deltarule.engines.native import NativeEngine
    except ImportError:
        return [ReferenceEngine]
    return [NativeEngine, ReferenceEngine]


def choose_engine(engines: list[type[Engine]]) -> type[Engine]:
    """Return the first of the engines, or the one that ``DELTARULE_ENGINE`` names.

    Raises
    ------
    SettingError
        If that is none of them.
    """
    wanted = os.environ.get(VARIABLE, "")
    chosen = [engine for engine in engines if wanted in ("", engine.name)]
    if not chosen:
        raise SettingError(
            f"The environment variable {VARIABLE} is {wanted!r}, but the engines here are "
            f"{', '.join(engine.name for engine in engines)}. Unset it, or install deltarule where "
            "there is a C++ compiler to get the native one."
        )
    return chosen[0]
