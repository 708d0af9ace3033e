"""What a hyper-parameter is."""

from dataclasses import dataclass, field
from typing import Any

from deltarule.ranges import Range

TABULAR = "TabularClassifier"


class _Absent:
    """The default of a setting that an estimator does not have."""


ABSENT = _Absent()


@dataclass(frozen=True)
class Setting:
    """One hyper-parameter.

    Attributes
    ----------
    name : str
    range : Range
    default, tabular_default : object
        Of MLPClassifier and of TabularClassifier; ``ABSENT`` where that has no such setting.
    help : str
        One line.
    tabular_range : Range or None
        What TabularClassifier accepts, where that is not the same.
    flag : str or None
        How the command line calls it. ``columns`` has several.
    since : int
        The first format of model files that has it; older ones lack it.
    is_kept : bool
        Whether model files have it. Where a run is written to is no part of its model.
    is_of_run : bool
        Whether a run with another value is another run, as far as the bits of an epoch go.
    is_of_preset : bool
        Whether TabularClassifier's presets say what it is where it is None.
    """

    name: str
    range: Range
    default: Any
    help: str
    tabular_default: Any = field(default=ABSENT, kw_only=True)
    tabular_range: Range | None = field(default=None, kw_only=True)
    flag: str | None = field(default=None, kw_only=True)
    since: int = field(default=1, kw_only=True)
    is_kept: bool = field(default=True, kw_only=True)
    is_of_run: bool = field(default=True, kw_only=True)
    is_of_preset: bool = field(default=False, kw_only=True)

    def default_of(self, owner: str) -> Any:
        """Return the default that an estimator has, by its class's name, or ``ABSENT``."""
        return self.tabular_default if owner == TABULAR else self.default

    def range_of(self, owner: str) -> Range:
        """Return what an estimator accepts, by its class's name."""
        return self.tabular_range or self.range if owner == TABULAR else self.range
