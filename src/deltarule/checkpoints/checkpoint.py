"""Where, and how often, a fit writes its state: what a user says of it."""

import os
from dataclasses import dataclass
from numbers import Integral, Real

from deltarule.errors import SettingError
from deltarule.ranges import Either, Nothing, Number, Path, Range

RANGES: dict[str, Range] = {
    "folder": Path(),
    "seconds": Either(Nothing(), Number(Real, 0, closed="neither")),
    "epochs": Either(Nothing(), Number(Integral, 1)),
    "keep": Number(Integral, 1),
}


@dataclass(frozen=True)
class Checkpoint:
    """Where, and how often, a fit writes its state, so that it can be resumed.

    Give it to ``MLPClassifier(checkpoint=...)`` or ``TabularClassifier(checkpoint=...)``; a path
    stands for one with these defaults. Whatever the interval, one is written when training
    begins and one after its last epoch (not where an error or Ctrl-C ends it).

    Parameters
    ----------
    folder : path-like
        Made if it is not there. One run at a time.
    seconds : float > 0 or None, default 60
        Write when so many seconds have gone by since the last one: at the end of a burst of
        steps, also in the middle of an epoch.
    epochs : int >= 1 or None, default None
        Write also at the end of every so many epochs.
    keep : int >= 1, default 3
        How many to keep; older ones are removed.

    Raises
    ------
    SettingError
        For a value outside its range.

    Examples
    --------
    >>> Checkpoint("run", seconds=None, epochs=10).keep
    3
    """

    folder: str | os.PathLike[str]
    seconds: float | None = 60.0
    epochs: int | None = None
    keep: int = 3

    def __post_init__(self) -> None:
        for name, allowed in RANGES.items():
            value = getattr(self, name)
            if not allowed.admits(value):
                raise SettingError(
                    f"{name} of a Checkpoint must be {allowed}. Got {value!r} instead."
                )
