"""Where, and how often, a fit writes its state: what a user says of it."""

import os
from dataclasses import dataclass

from deltarule.errors import SettingError


@dataclass(frozen=True)
class Checkpoint:
    """Where, and how often, a fit writes its state, so that it can be resumed.

    Give it to ``MLPClassifier(checkpoint=...)`` or ``TabularClassifier(checkpoint=...)``; a path
    stands for one with these defaults. Whatever the interval, one is written when training
    begins and one when it ends.

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
        ranges = {
            "seconds": (self.seconds is None or self.seconds > 0, "None or a float above 0"),
            "epochs": (self.epochs is None or self.epochs >= 1, "None or an int from 1 on"),
            "keep": (self.keep >= 1, "an int from 1 on"),
        }
        for name, (is_in_range, wanted) in ranges.items():
            if not is_in_range:
                value = getattr(self, name)
                raise SettingError(
                    f"{name} of a Checkpoint must be {wanted}. Got {value!r} instead."
                )
