"""What the bits of a result hang on, besides data and settings."""

import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from deltarule.engines.blas import describe_blas
from deltarule.engines.choice import built_engines, choose_engine


@cache
def describe_machine() -> dict[str, str]:
    """Return versions, instruction set, BLAS and processor, as text by name.

    Where all of them are equal, so are the bits of a training run; elsewhere it agrees to
    rounding.
    """
    engine = choose_engine(built_engines())
    return {
        "deltarule": version("deltarule"),
        "numpy": version("numpy"),
        "engine": f"{engine.name} ({engine.instruction_set()})",
        "BLAS": describe_blas(),
        "processor": _processor(),
        "byte order": sys.byteorder,
    }


def _processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()
