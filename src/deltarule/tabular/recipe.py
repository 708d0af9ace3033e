"""The recipes that tables are trained by: how many networks, of what parts, trained how.

A preset is a :class:`Recipe`, and every part of it is a setting of its own, too. ``td-s`` and
``td`` are RealMLP-TD-S and RealMLP-TD (Holzmüller, Grinsztajn & Steinwart 2024, "Better by
Default", arXiv 2407.04491, Table A.1), whose columns are scaled by
:class:`deltarule.data.encoder.columns.RobustScale`. The others are our own averages of several
such networks; docs/presets.md tells what they cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import inf, sqrt
from typing import Any

import numpy as np

from deltarule.data import Encoder
from deltarule.network import Adam, Dense, Embedding, Layer, Network, Periodic, Scale
from deltarule.tabular.metrics import METRICS
from deltarule.training import SHAPES, Patience, Plan, Shaped

VALIDATION_SHARE = 0.2
SCALE_RATE, BIAS_RATE, MIX_RATE, PERIODIC_RATE = (
    6.0,
    0.1,
    0.1,
    0.1,
)  # factors on the rate
BETA_2 = 0.95
MOST_ONE_HOT = 8  # categories; columns with more are embedded
MOST_PERIODIC = 128  # amounts: of more, such as pixels, an embedding would take most of the time
BATCH_SIZES = {
    1_024: 64,
    8_192: 128,
    30_000: 256,
    100_000: 512,
    inf: 1_024,
}  # up to so many rows


@dataclass(frozen=True)
class Recipe:
    """What a preset stands for. The attributes are settings of TabularClassifier.

    Attributes
    ----------
    n_models : int
        Networks, each of which holds out another fifth of the rows; predictions are averaged.
    n_refit : int
        Networks more, which hold nothing out; where there are any, their average predicts.
    max_iter : int
        Epochs.
    hidden_layer_sizes : tuple of int
    learning_rate_init : float
        The highest rate of the schedule.
    batch_size : int or None
        None goes by the number of rows: :data:`BATCH_SIZES`.
    dropout, weight_decay : float
        In the second half of training both fade out.
    label_smoothing : float
        For the metric "error"; others go without it, if it is not asked for.
    scaling_layer, numeric_embedding, category_embedding, parametric_activation : bool
        Whether there is a :class:`~deltarule.network.Scale`, a
        :class:`~deltarule.network.Periodic` of up to 128 amounts, an
        :class:`~deltarule.network.Embedding` of columns with more than eight categories and of
        spiky amounts; and whether units learn how much they bend.
    initialiser : str
        A name in :data:`~deltarule.network.INITIALISERS`.
    """

    n_models: int = 1
    n_refit: int = 0
    max_iter: int = 256
    hidden_layer_sizes: tuple[int, ...] = (256, 256, 256)
    learning_rate_init: float = 0.04
    batch_size: int | None = None
    dropout: float = 0.15
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    scaling_layer: bool = True
    numeric_embedding: bool = True
    category_embedding: bool = True
    parametric_activation: bool = True
    initialiser: str = "data_driven"

    @property
    def n_trained(self) -> int:
        """Networks that are trained side by side."""
        return self.n_models + self.n_refit

    @property
    def n_kept(self) -> int:
        """Networks that the model consists of."""
        return self.n_refit or self.n_models

    def batch_size_for(self, n_rows: int) -> int:
        """Return the examples of a step, for so many rows to train on."""
        by_rows = next(size for most, size in BATCH_SIZES.items() if n_rows <= most)
        return min(n_rows, self.batch_size or by_rows)


_TD = Recipe()
_TD_S = Recipe(
    batch_size=256,
    dropout=0.0,
    weight_decay=0.0,
    numeric_embedding=False,
    category_embedding=False,
    parametric_activation=False,
    initialiser="neural_tangent",
)

_OURS = replace(_TD, max_iter=64, dropout=0.0, label_smoothing=0.05)

PRESETS: Mapping[str, Recipe] = {
    "quick": _OURS,
    "standard": replace(_OURS, n_models=8),
    "thorough": replace(_OURS, n_models=20, max_iter=128),
    "td-s": _TD_S,
    "td": _TD,
}


def recipe_of(settings: Mapping[str, Any]) -> Recipe:
    """Return the preset's recipe, with the parts that settings of their own say otherwise."""
    parts = [part.name for part in fields(Recipe)]
    asked = {name: settings[name] for name in parts if settings[name] is not None}
    if not METRICS[settings["metric"]].is_smoothed:
        asked.setdefault("label_smoothing", 0.0)
    if "hidden_layer_sizes" in asked:
        asked["hidden_layer_sizes"] = tuple(
            int(units) for units in np.atleast_1d(asked["hidden_layer_sizes"])
        )
    return replace(PRESETS[settings["preset"]], **asked)


def encoded_for(recipe: Recipe, encoder: Encoder) -> Encoder:
    """Return the encoder with the columns embedded that the recipe embeds.

    Of spiky amounts an embedding tells the values apart; where there are too many amounts, such
    as pixels, for a :class:`~deltarule.network.Periodic`, there are for this, too.
    """
    if not recipe.category_embedding:
        return encoder
    return encoder.embedding(MOST_ONE_HOT, values=len(encoder.scaled()) <= MOST_PERIODIC)


def build_network(recipe: Recipe, encoder: Encoder, n_classes: int) -> Network:
    """Return the network for rows of an encoder.

    Embeddings, a factor for each number, then hidden layers of SELUs, in "neural tangent"
    parametrisation: z = W x / sqrt(n_in) + b with W of size 1. Under Adam, whose steps do not
    depend on the size of gradients, that is the same as a W of size 1 / sqrt(n_in) and a rate
    divided by sqrt(n_in).
    """
    layers = [*_embeddings(recipe, encoder)]
    n_features = layers[-1].n_out if layers else encoder.n_features
    if recipe.scaling_layer:
        layers.append(Scale(n_features, rate=SCALE_RATE))
    n_in = n_features
    for n_out in recipe.hidden_layer_sizes:
        layers.append(
            Dense(
                n_in,
                n_out,
                "selu",
                dropout=recipe.dropout,
                weight_rate=1 / sqrt(n_in),
                bias_rate=BIAS_RATE,
                is_parametric=recipe.parametric_activation,
                mix_rate=MIX_RATE,
            )
        )
        n_in = n_out
    layers.append(Dense(n_in, n_classes, weight_rate=1 / sqrt(n_in), bias_rate=BIAS_RATE))
    return Network(layers)


def _embeddings(recipe: Recipe, encoder: Encoder) -> list[Layer]:
    """Return the layers that read the columns: what is embedded comes after all the rest."""
    layers: list[Layer] = []
    n, embedded = encoder.n_features, encoder.embedded()
    if embedded:
        layers.append(Embedding(n, tuple(embedded), tuple(embedded.values())))
        n = layers[-1].n_out
    scaled = encoder.scaled()
    if recipe.numeric_embedding and 0 < len(scaled) <= MOST_PERIODIC:
        before = np.searchsorted(sorted(embedded), scaled)  # inputs that are there no more
        columns = tuple((np.array(scaled) - before).tolist())
        layers.append(Periodic(n, columns, rate=PERIODIC_RATE))
    return layers


def build_plan(recipe: Recipe, n_rows: int, horizon: int | None = None, shards: int = 1) -> Plan:
    """Return how to train on ``n_rows`` rows.

    All epochs are made: the rate goes up and down four times, and the weights are those of the
    last epoch that was the best on the validation rows.
    """
    return Plan(
        optimiser=Adam(beta_2=BETA_2, weight_decay=recipe.weight_decay),
        schedule=Shaped(recipe.learning_rate_init, SHAPES["coslog4"]),
        stopping=Patience(tol=0.0, epochs=inf),
        batch_size=recipe.batch_size_for(n_rows),
        epochs=int(recipe.max_iter),
        horizon=None if horizon is None else int(horizon),
        keeps_last=True,
        initialiser=recipe.initialiser,
        shards=shards,
        dropout_shape=SHAPES["flat_cos"],
        decay_shape=SHAPES["flat_cos"],
    )
