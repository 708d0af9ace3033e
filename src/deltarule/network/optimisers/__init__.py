"""Update rules: from a gradient to new parameters.

A rule is a frozen dataclass of its constants. Its state is visible data beside the parameters:
one array like theta for each name in ``moments``. What changes from step to step (rate, epsilon,
decay) is computed beforehand by :meth:`Optimiser.scalars` and handed in. A rule never prints,
stops or schedules.

To add one: a file here with a class, and an entry in :data:`OPTIMISERS`.
"""

from collections.abc import Callable

from deltarule.network.arrays import Floats
from deltarule.network.optimisers.adam import Adam
from deltarule.network.optimisers.base import Moments, Optimiser, StepScalars
from deltarule.network.optimisers.sgd import SGD
from deltarule.network.parameters import Parameters

OPTIMISERS: dict[str, Callable[[], Optimiser]] = {
    "sgd": SGD,
    "momentum": lambda: SGD(momentum=0.9),
    "nesterov": lambda: SGD(momentum=0.9, nesterov=True),
    "adam": Adam,
    "adamw": lambda: Adam(weight_decay=0.01),
}
"""The rules with customary constants, by name."""


def apply_update(
    optimiser: Optimiser,
    parameters: Parameters,
    gradient: Floats,
    moments: Moments,
    scalars: StepScalars,
) -> None:
    """Take one step, in place: every array of theta with the factors of its group.

    Parameters
    ----------
    optimiser : Optimiser
    parameters : Parameters
    gradient : array (p,)
        In the layout of ``parameters``; usually the mean over the batch.
    moments : dict from name to array (p,)
        The optimiser's state, updated too.
    scalars : StepScalars
        Of this one step: each a float.
    """
    for entry in parameters.layout.entries:
        part = {name: moment[entry.span] for name, moment in moments.items()}
        theta = parameters.theta[entry.span]
        optimiser.update(theta, gradient[entry.span], part, scalars, entry.group)


__all__ = ["OPTIMISERS", "SGD", "Adam", "Moments", "Optimiser", "StepScalars", "apply_update"]
