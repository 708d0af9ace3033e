"""What decides a training run besides the data and the network."""

from dataclasses import dataclass
from math import inf

from deltarule.network import Optimiser
from deltarule.training.schedules import Schedule
from deltarule.training.stopping import Patience


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes
    ----------
    optimiser : Optimiser
    schedule : Schedule
    stopping : Patience
    batch_size : int
        Examples a step; the last batch of an epoch may be smaller.
    epochs : int
        Most epochs to train for.
    shuffle : bool
        Whether each epoch visits the rows in an order of its own.
    max_norm : float
        Greatest norm of a step's mean gradient; infinity, where nothing is cut, is the quicker
        way.
    """

    optimiser: Optimiser
    schedule: Schedule
    stopping: Patience
    batch_size: int
    epochs: int
    shuffle: bool = True
    max_norm: float = inf
