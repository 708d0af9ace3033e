"""From parameters, rows and labels to a training run that is ready to go."""

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from deltarule.checkpoints import CheckpointedRun, Fingerprint, fingerprint
from deltarule.classifier.plan import objective_of, plan_of
from deltarule.classifier.rows import check_examples, compute_dtype
from deltarule.classifier.validation import hold_out, scorer_of
from deltarule.data import Targets, check_weights, class_totals, draw_seed, weigh_classes, weighted
from deltarule.distributed import SERIAL, Communicator, require_same
from deltarule.engines import Examples
from deltarule.errors import DataError, SettingError
from deltarule.fitting import Run
from deltarule.network import Network
from deltarule.settings import settings_of_run
from deltarule.training import AnyPlan, Fold, FoldsInMemory, TrainingState, Validation, begin, go_on

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """Rows, checked, and what their labels mean."""

    X: Any
    y: NDArray[Any]
    weights: Weights | None
    targets: Targets

    def examples(self) -> Examples:
        """Return them as an engine wants them."""
        return Examples(self.X, self.targets.encode(self.y), self.weights)


def check_given(
    estimator: Any, X: Any, y: Any, sample_weight: Any, targets: Targets | None, *, reset: bool
) -> Given:
    """Check rows, labels and weights.

    Parameters
    ----------
    estimator : MLPClassifier
    X, y, sample_weight
        As ``fit`` gets them.
    targets : Targets, optional
        What the labels mean; learnt from ``y`` where it is not known yet.
    reset : bool
        Whether the columns are to be learnt too.

    Raises
    ------
    DataError, ValueError
    """
    X, y = check_examples(estimator, X, y, estimator.dtype, reset=reset)
    weights = check_weights(sample_weight, X.shape[0])
    if targets is None:
        targets = Targets.learn(y, single_output=True)
    if y.ndim == 2 and not (targets.is_multilabel and y.shape[1] == targets.n_outputs):
        raise DataError(
            f"y has {y.shape[1]} columns of labels (multi-label), but the network was trained on "
            f"{len(targets.classes)} {'columns' if targets.is_multilabel else 'classes'}."
        )
    if y.ndim == 1 and targets.is_multilabel:
        raise DataError(
            f"y has one label a row, but the network was trained on {targets.n_outputs} columns "
            "of labels (multi-label)."
        )
    return Given(X, y, weights, targets)


def targets_of_classes(known: Targets | None, y: Any, classes: Any) -> Targets:
    """Return what the labels of ``partial_fit`` mean.

    Raises
    ------
    DataError
        If ``classes`` are lacking in the first call, or are others than then.
    """
    if known is None:
        if classes is None:
            raise DataError("classes must be passed on the first call to partial_fit.")
        if issparse(y) or (np.ndim(y) == 2 and np.shape(y)[1] > 1):
            return Targets.learn(np.zeros((0, len(classes))))
        return Targets.learn(np.asarray(classes), single_output=True)
    if classes is not None and not np.array_equal(known.classes, np.unique(classes)):
        raise DataError(
            f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
            f"{known.classes!r}"
        )
    return known


def require_same_classes(given: Given) -> None:
    """Refuse labels that are not all of those, or others than those, of the fit before.

    Raises
    ------
    DataError
    """
    if given.targets.is_multilabel:
        return
    before, now = given.targets.classes, np.unique(given.y)
    if set(now.tolist()) != set(before.tolist()):
        raise DataError(
            "warm_start can only be used where `y` has the same classes as in the previous call "
            f"to fit. Previously got {before}, `y` has {now}. Use partial_fit for rows of some "
            "classes only."
        )


def prepare(
    estimator: Any,
    given: Given,
    validation: Given | None,
    state: TrainingState | None,
    epochs: int,
    checkpoints: CheckpointedRun | None = None,
    communicator: Communicator = SERIAL,
) -> Run:
    """Return the run.

    Parameters
    ----------
    estimator : MLPClassifier
    given : Given
    validation : Given, optional
        Without it, rows are held out where there is early stopping.
    state : TrainingState, optional
        To go on from; it is not changed. A fresh one is begun without it.
    epochs : int
        How many more to train for.
    checkpoints : CheckpointedRun, optional
        A run to take up again goes before a fresh one.
    communicator : Communicator
        The workers that train together.

    Raises
    ------
    SettingError, DataError, OutOfMemoryError, CheckpointError
    """
    targets = given.targets
    seed = communicator.broadcast(lambda: _seed_of(estimator, state, checkpoints))
    examples, valid = _rows_of_run(estimator, given, validation, seed)
    n_features = given.X.shape[1]
    objective = objective_of(estimator, n_features, targets.n_outputs, targets.loss)
    before = 0 if state is None else state.epoch
    plan = plan_of(estimator, len(examples), before + epochs)
    prints = None
    if checkpoints is not None or communicator.size > 1:
        prints = _fingerprint(estimator, plan, targets, examples, valid)
        require_same(communicator, prints)
    if checkpoints is not None and prints is not None:
        state = checkpoints.take_up(plan, prints)
    elif state is not None:
        _require_same_layers(state, objective.network)
        _require_same_dtype(state, estimator.dtype)
        state = go_on(state, plan)
    if state is None:
        dtype = compute_dtype(estimator.dtype, given.X)
        state = begin(objective.network, plan, [seed], dtype, [examples])

    judge = None
    if valid is not None:
        candidate = copy(estimator)
        candidate._adopt(targets, objective, *state.parameters)
        judge = Validation(valid, scorer_of(estimator, candidate, targets, valid))
    folds = FoldsInMemory([Fold(examples, judge)])
    return Run(
        objective=objective,
        plan=plan,
        state=state,
        folds=folds,
        before=before,
        checkpoints=checkpoints,
        fingerprint=prints,
        communicator=communicator,
    )


def _rows_of_run(
    estimator: Any, given: Given, validation: Given | None, seed: int
) -> tuple[Examples, Examples | None]:
    """Return the rows to train on, and to validate on, with the weights of their classes."""
    targets, examples = given.targets, given.examples()
    valid = None if validation is None else validation.examples()
    if valid is None and estimator.early_stopping and estimator.solver != "lbfgs":
        examples, valid = hold_out(examples, targets, estimator.validation_fraction, seed)
    totals = class_totals(examples, len(targets.classes))
    of_class = weigh_classes(estimator.class_weight, targets, totals)
    return weighted(examples, of_class), None if valid is None else weighted(valid, of_class)


def _fingerprint(
    estimator: Any, plan: AnyPlan, targets: Targets, examples: Examples, valid: Examples | None
) -> Fingerprint:
    settings = settings_of_run(estimator.get_params(deep=False))
    names = getattr(estimator, "feature_names_in_", None)
    columns = None if names is None else names.tolist()
    return fingerprint(settings, plan, targets.classes, columns, [(examples, valid)])


def _seed_of(
    estimator: Any, state: TrainingState | None, checkpoints: CheckpointedRun | None
) -> int:
    """Return the seed of the run that goes on, or a fresh one."""
    if checkpoints is not None and checkpoints.beginning is not None:
        return checkpoints.beginning.seed
    return draw_seed(estimator.random_state) if state is None else state.seed


def _require_same_layers(state: TrainingState, network: Network) -> None:
    before, now = state.parameters[0].layout, network.layout
    if before != now:
        shapes = [entry.shape for entry in before.entries if entry.name == "W"]
        raise SettingError(
            "A network that is trained further keeps its layers: it has weights of "
            f"{' and '.join(map(str, shapes))}, which are not those of hidden_layer_sizes and X "
            "now. Set them back, or fit anew with warm_start=False."
        )


def _require_same_dtype(state: TrainingState, dtype: str | None) -> None:
    before = state.parameters[0].dtype
    if dtype is not None and dtype != before:
        raise SettingError(
            f"A network that is trained further keeps its dtype, {before}; dtype={dtype!r} cannot "
            "be had. Set it back, or fit anew with warm_start=False."
        )
