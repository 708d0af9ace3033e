"""What decides a training run besides the data and the network."""

from dataclasses import dataclass
from math import inf

from deltarule.network import Optimiser
from deltarule.training.schedules import Schedule, Shape
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
    horizon : int, optional
        Epochs after which a schedule is at its end, where that is not ``epochs``.
    keeps_last : bool
        Whether of several epochs with the best validation score the last one is kept.
    initialiser : str
        What fresh weights are drawn by: a name in :data:`deltarule.network.INITIALISERS`.
    shards : int
        Slices of a batch, a power of two: the gradient of each is summed by itself, by whichever
        worker, and they are added in a binary tree.
    dropout_shape, decay_shape : Shape, optional
        What multiplies the rates of dropout, and the weight decay, in the course of training:
        from progress in [0, 1], as a schedule's shape; nothing, where it is not given.
    """

    optimiser: Optimiser
    schedule: Schedule
    stopping: Patience
    batch_size: int
    epochs: int
    shuffle: bool = True
    max_norm: float = inf
    horizon: int | None = None
    keeps_last: bool = False
    initialiser: str = "glorot"
    shards: int = 1
    dropout_shape: Shape | None = None
    decay_shape: Shape | None = None


@dataclass(frozen=True)
class FullBatchPlan:
    """How to train by L-BFGS, which looks at all rows in each step.

    Attributes
    ----------
    stopping : Patience
        Asked only where there is a validation set.
    tol : float
        Training ends where no element of the mean gradient is larger.
    iterations, evaluations : int
        Most iterations; most evaluations of the loss.
    """

    stopping: Patience
    tol: float
    iterations: int
    evaluations: int


AnyPlan = Plan | FullBatchPlan
