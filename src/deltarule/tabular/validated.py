"""The rows that networks are judged by: those they hold out, or the user's own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Split, Targets
from deltarule.data.encoded import Encoded, joined
from deltarule.engines import Examples
from deltarule.errors import DataError
from deltarule.network.arrays import Floats, Integers
from deltarule.tabular.given import Given, ValidationRowsError
from deltarule.tabular.labelled import LabelledTable, naming, open_known
from deltarule.tabular.learning import LearnedTable
from deltarule.tabular.metrics import Metric
from deltarule.tabular.survey import Survey
from deltarule.training import Judge
from deltarule.warn import warn


@dataclass(frozen=True)
class Validated:
    """Rows that networks are judged by.

    Attributes
    ----------
    numbers : array (v,)
        Which rows of the table they are, ascending; of the user's own rows, theirs.
    y : array (v,)
        Class indices.
    weights : array (v,) or None
        The user's own.
    judged : sequence of arrays of int
        The places, in these arrays, of those that each network is judged by.
    given : Examples or None
        The user's own rows, encoded.
    """

    numbers: Integers
    y: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    judged: Sequence[Integers]
    given: Examples | None = None

    @classmethod
    def of_held_out(cls, survey: Survey, split: Split, n_models: int) -> "Validated":
        """Return the rows that any network holds out."""
        held_out = (split.held_out(i, survey.held_out) for i in range(n_models))
        judged = [np.flatnonzero(mask) for mask in held_out]
        return cls(survey.held_out, survey.y, survey.weights, judged)

    @classmethod
    def of_given(cls, given: Encoded, n_models: int) -> "Validated":
        """Return the user's own rows, which judge every network."""
        numbers = np.arange(len(given.targets))
        examples = Examples(given.inputs, given.targets, given.weights)
        return cls(numbers, given.targets, given.weights, [numbers] * n_models, examples)

    @property
    def held_out(self) -> Integers:
        """Numbers of the table's rows that a network holds out, ascending."""
        return self.numbers if self.given is None else self.numbers[:0]

    def weights_of(self, places: Integers, of_class: NDArray[np.float64] | None) -> Floats | None:
        """Return the weights of the rows in some places, those of their classes included."""
        weights = None if self.weights is None else self.weights[places]
        if of_class is None:
            return weights
        return of_class[self.y[places]] * (1.0 if weights is None else weights)

    def judges(
        self, targets: Targets, metric: Metric, of_class: NDArray[np.float64] | None
    ) -> list[Judge | None]:
        """Return what judges each network; None where its rows have no weight, or there are none.

        Warns
        -----
        UserWarning
            Where rows have no weight, or the metric is not defined on them.
        """
        judges = [self._judge(targets, metric, of_class, places) for places in self.judged]
        if any(judge is None and len(p) for judge, p in zip(judges, self.judged, strict=True)):
            warn(
                "The rows to validate on all have weight 0: the weights of the last epoch are "
                "kept. Validate on rows that have some."
            )
        for judge in judges:
            if judge and np.isnan(judge.score(np.zeros((len(judge.y), targets.n_outputs)))):
                label = targets.classes.tolist()[judge.y[0]]
                warn(
                    f"The {metric.name} is not defined on the {len(judge.y)} rows to validate on, "
                    f"which are all of class {label!r}: the weights of the last epoch will be "
                    "kept. Validate on rows of several classes."
                )
                break
        return judges

    def _judge(
        self,
        targets: Targets,
        metric: Metric,
        of_class: NDArray[np.float64] | None,
        places: Integers,
    ) -> Judge | None:
        y, weights = self.y[places], self.weights_of(places, of_class)
        if not len(y) or (weights is not None and not weights.any()):
            return None

        def score(scores: Floats) -> float:
            return metric.score(targets, scores, y, weights)

        return Judge(y, weights, score)


def encode_given(given: Given, training: LabelledTable, learned: LearnedTable) -> Encoded | None:
    """Encode the user's own rows to validate on; what is wrong with them is said to be theirs.

    Raises
    ------
    ValidationRowsError
    """
    if given.X_val is None:
        return None
    try:
        types, classes = learned.encoder.types(), learned.targets.classes
        source = open_known(given.X_val, types, given.y_val, classes)
        table = LabelledTable(source, given.y_val, given.sample_weight_val, training.ignored)
        names = table.names_like(training)
        with naming(source):
            parts = list(table.encoded(learned.encoder, learned.targets, names))
            table.labels.require(sum(len(part.targets) for part in parts))
        return joined(parts)
    except DataError as error:
        raise ValidationRowsError(f"In the rows to validate on (X_val): {error}") from error
