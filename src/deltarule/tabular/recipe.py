"""The recipes that tables are trained by: network, update rule, schedule.

``td-s`` is RealMLP-TD-S (Holzmüller, Grinsztajn & Steinwart 2024, "Better by Default", arXiv
2407.04491, Table A.1); the columns it reads are scaled by
:class:`deltarule.data.encoder.columns.RobustScale` and one-hot.
"""

from math import inf, sqrt

from deltarule.network import Adam, Dense, Network, Scale
from deltarule.training import SHAPES, Patience, Plan, Shaped

HIDDEN = (256, 256, 256)
RATE = 0.04
SCALE_RATE, BIAS_RATE = 6.0, 0.1  # factors on the rate
BETA_2 = 0.95
BATCH_SIZE = 256
VALIDATION_SHARE = 0.2


def build_network(n_features: int, n_classes: int) -> Network:
    """Return the network for rows of so many numbers.

    A factor for each of them, then three layers of 256 SELUs, in "neural tangent"
    parametrisation: z = W x / sqrt(n_in) + b with W of size 1. Under Adam, whose steps do not
    depend on the size of gradients, that is the same as a W of size 1 / sqrt(n_in) and a rate
    divided by sqrt(n_in).
    """
    sizes = [n_features, *HIDDEN, n_classes]
    activations = ["selu"] * len(HIDDEN) + ["identity"]
    return Network(
        [
            Scale(n_features, rate=SCALE_RATE),
            *(
                Dense(n_in, n_out, f, weight_rate=1 / sqrt(n_in), bias_rate=BIAS_RATE)
                for n_in, n_out, f in zip(sizes[:-1], sizes[1:], activations, strict=True)
            ),
        ]
    )


def build_plan(n_rows: int, epochs: int, horizon: int | None = None) -> Plan:
    """Return how to train on ``n_rows`` rows for so many epochs.

    All of them are made: the rate goes up and down four times, and the weights are those of the
    last epoch that was the best on the validation rows.
    """
    return Plan(
        optimiser=Adam(beta_2=BETA_2),
        schedule=Shaped(RATE, SHAPES["coslog4"]),
        stopping=Patience(tol=0.0, epochs=inf),
        batch_size=min(n_rows, BATCH_SIZE),
        epochs=int(epochs),
        horizon=None if horizon is None else int(horizon),
        keeps_last=True,
        initialiser="neural_tangent",
    )
