"""Settings in model files and fingerprints."""

from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any
from zlib import crc32

from deltarule.ranges import INFINITY, Flag
from deltarule.settings.checks import check_settings, defaults
from deltarule.settings.table import SETTINGS


def settings_to_json(values: Mapping[str, object]) -> dict[str, object]:
    """Return settings as JSON-able data.

    Infinity is "inf", a dict a list of pairs under "pairs"; functions and random generators,
    which only code can give back, are None.
    """
    return {name: _to_json(value) for name, value in values.items() if SETTINGS[name].is_kept}


def settings_of_run(values: Mapping[str, object]) -> dict[str, object]:
    """Return, as JSON-able data, what makes a run another one.

    Of functions, their names and a checksum of their code; not of what they hang on.
    """
    return {
        name: _name_of(value) if callable(value) else _to_json(value)
        for name, value in values.items()
        if SETTINGS[name].is_of_run
    }


def _name_of(function: Any) -> str:
    """Name a function so that another process names it alike, and another one differently."""
    if not hasattr(function, "__qualname__"):
        shown = repr(function)  # of a scorer: what it is made from
        return type(function).__qualname__ if " at 0x" in shown else shown
    name, code = (
        f"{function.__module__}.{function.__qualname__}",
        getattr(function, "__code__", None),
    )
    if code is None:
        return name
    constants = [value for value in code.co_consts if not hasattr(value, "co_code")]
    return f"{name} {crc32(code.co_code + repr(constants).encode()):08x}"


def _to_json(value: object) -> object:
    if value is None or isinstance(value, str | bool):
        return value
    if Flag().admits(value):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return "inf" if value == INFINITY else float(value)
    if isinstance(value, Mapping):
        return {"pairs": [[_to_json(label), _to_json(weight)] for label, weight in value.items()]}
    return [_to_json(element) for element in value] if isinstance(value, Iterable) else None


def settings_from_json(owner: str, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the settings that model files have, read from JSON and checked.

    One that came after format 1 may lack, and has its default.

    Raises
    ------
    ValueError
        If a name is unknown or lacking, or a value outside its range (:class:`SettingError`).
    """
    known = {name: v for name, v in defaults(owner).items() if SETTINGS[name].is_kept}
    lacking = {name for name in known.keys() - values.keys() if SETTINGS[name].since == 1}
    strange = (values.keys() - known.keys()) | lacking
    if strange:
        raise ValueError(f"the setting {min(strange)!r} of {owner} is unknown or lacking")
    settings = known | {name: _from_json(value) for name, value in values.items()}
    check_settings(owner, settings)
    return settings


def _from_json(value: object) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict) and value.keys() == {"pairs"} and _are_pairs(value["pairs"]):
        return dict(value["pairs"])
    return INFINITY if value == "inf" else value


def _are_pairs(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str | int | float)
        for pair in value
    )
