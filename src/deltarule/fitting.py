"""A fit of either estimator: a training run, with those who look on and its checkpoints."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Any

from deltarule.callbacks.bridge import collect_states, distribute_states, watched
from deltarule.checkpoints import CheckpointedRun, Fingerprint, checkpointed
from deltarule.checkpoints.keeper import Describe, Keeper
from deltarule.distributed import SERIAL, Communicator, connect, require_shards
from deltarule.errors import DivergenceError
from deltarule.model_file import SavedModel
from deltarule.network import Objective, Parameters
from deltarule.training import (
    AnyPlan,
    Deadline,
    Folds,
    Plan,
    TrainingState,
    Watcher,
    Watchers,
    train,
)

Become = Callable[[Any, TrainingState, list[Parameters]], None]
"""Makes an estimator a fitted one: by a training state, with these parameters of its members."""


@dataclass(frozen=True)
class Run:
    """A training run that has not begun: all that it needs is there, and all is checked.

    Attributes
    ----------
    objective, plan, state, folds
        As :func:`deltarule.training.train` takes them.
    before : int
        Whole epochs that earlier fits have made.
    checkpoints : CheckpointedRun, optional
        Where it is written, and may have come from.
    fingerprint : dict
        Which run it is, for the checkpoints.
    deadline : Deadline, optional
        When it has to end.
    communicator : Communicator
        The workers that train together.
    """

    objective: Objective
    plan: AnyPlan
    state: TrainingState
    folds: Folds
    before: int = 0
    checkpoints: CheckpointedRun | None = None
    fingerprint: Fingerprint | None = None
    deadline: Deadline | None = None
    communicator: Communicator = SERIAL


def carry_out(
    estimator: Any,
    run: Run,
    become: Become,
    given: Mapping[str, Any],
    printer: Watcher | None = None,
    decide: Callable[[], None] = lambda: None,
) -> DivergenceError | None:
    """Train, and leave the estimator fitted.

    It belongs into a method that scikit-learn's ``with_callbacks`` decorates.

    Parameters
    ----------
    estimator : MLPClassifier or TabularClassifier
        ``_to_saved`` makes a fitted one a model for a file.
    run : Run
    become : callable
        Also called with copies of the estimator, for callbacks and checkpoints.
    given : mapping
        ``X``, ``y`` and ``metadata``, for callbacks.
    printer : Watcher, optional
    decide : callable, optional
        What there is to do for a fitted estimator, before callbacks are told that it is one.

    Returns
    -------
    DivergenceError or None
    """
    state, plan = run.state, run.plan

    def twin(now: TrainingState, parameters: list[Parameters]) -> Any:
        model = copy(estimator)
        become(model, now, parameters)
        return model

    def attributes() -> dict[str, Any]:
        now, mine = state.copy(), vars(estimator)
        fitted = vars(twin(now, now.parameters))
        return {k: v for k, v in fitted.items() if k not in mine or mine[k] is not v}

    def describe(parameters: list[Parameters]) -> SavedModel:
        return twin(state, parameters)._to_saved()

    n_epochs = plan.epochs - state.epoch if isinstance(plan, Plan) else plan.iterations
    workers = run.communicator
    with (
        workers.ending_together(),
        watched(estimator, n_epochs, given, attributes, looks_on=workers.is_root) as bridge,
    ):
        failure = train(
            run.objective,
            plan,
            state,
            run.folds,
            watcher=Watchers(bridge, printer, _keeper(estimator, run, describe), run.deadline),
            n_threads=estimator.n_threads,
            before=run.before,
            communicator=workers,
        )
        become(estimator, state, state.parameters)
        decide()
    return failure


def _keeper(estimator: Any, run: Run, describe: Describe) -> Keeper | None:
    """Return what writes the run's checkpoints; give callbacks back what one has kept of them."""
    if run.checkpoints is None or not isinstance(run.plan, Plan):
        return None
    if run.checkpoints.beginning is not None:
        distribute_states(estimator, run.checkpoints.beginning.callbacks)
    return run.checkpoints.keeper(
        run.state, run.plan, describe, run.fingerprint or {}, lambda: collect_states(estimator)
    )


@contextmanager
def workers_of(estimator: Any, comm: Any) -> Iterator[tuple[Communicator, CheckpointedRun | None]]:
    """Give who trains, and where the run is written, while the block fits an estimator.

    It is given back as it was if that fails.

    Raises
    ------
    SettingError
        If there are more workers than slices of a batch; and as :func:`connect` and
        :func:`checkpointed` say.
    """
    with (
        unchanged_on_failure(estimator),
        connect(comm) as workers,
        checkpointed(estimator.checkpoint, estimator.resume, workers) as checkpoints,
    ):
        require_shards(workers.size, int(estimator.shards))
        yield workers, checkpoints


@contextmanager
def unchanged_on_failure(estimator: Any) -> Iterator[None]:
    """Give a fitted estimator back as it was if its refit fails, whatever was set until then."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise
