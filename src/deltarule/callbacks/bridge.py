"""From the training loop's moments to scikit-learn's callbacks: each epoch is a subcontext."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from deltarule.callbacks.base import STOPPED_BY_CALLBACK
from deltarule.errors import CheckpointError
from deltarule.training import TrainingState, Watcher

Attributes = Callable[[], dict[str, Any]]
"""What makes a copy of the estimator a fitted one, with the weights of now."""

CallbackStates = list[dict[str, Any]]
"""Of each callback that has a state: its class's name and that state."""


def callbacks_of(estimator: Any) -> list[Any]:
    """Return what ``set_callbacks`` was given. scikit-learn has no public way to ask."""
    return getattr(estimator, "_skl_callbacks", [])


class Bridge(Watcher):
    """Tells an estimator's callbacks of its training.

    Parameters
    ----------
    estimator : MLPClassifier or TabularClassifier
    context : sklearn.callback.CallbackContext
        Of the fit.
    given : mapping
        ``X``, ``y`` and ``metadata``, as callbacks may ask for them.
    attributes : callable
        Is asked only where a callback wants a ``fitted_estimator``.
    """

    def __init__(
        self, estimator: Any, context: Any, given: Mapping[str, Any], attributes: Attributes
    ) -> None:
        self._fit, self._has_begun = context, False
        self._epoch: Any = None
        self._begun = 0
        self._estimator, self._given = estimator, given
        self._arguments = {
            "estimator": estimator,
            **given,
            "reconstruction_attributes": attributes,
        }
        self._callbacks = callbacks_of(estimator)
        self._watching = [c.on_burst for c in self._callbacks if hasattr(c, "on_burst")]

    def begin(self) -> None:
        """Tell of the beginning of the fit, once."""
        if not self._has_begun:
            self._has_begun = True
            self._fit.call_on_fit_task_begin(estimator=self._estimator, **self._given)

    def begin_epoch(self, state: TrainingState) -> None:
        self.begin()
        if not self._callbacks:  # contexts of thousands of quick epochs, for nobody
            return
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._epoch.training, self._begun = state, state.epoch
        self._epoch.call_on_fit_task_begin(**self._arguments)

    def end_burst(self, state: TrainingState) -> None:
        for on_burst in self._watching:
            on_burst(state)

    def end_epoch(self, state: TrainingState) -> None:
        if self._epoch is None:  # another worker, which is lost, has looked on until here
            self.begin_epoch(state)
        epoch, self._epoch = self._epoch, None
        if epoch is not None and epoch.call_on_fit_task_end(**self._arguments):
            state.stopped = state.stopped or STOPPED_BY_CALLBACK

    def remember(self) -> CallbackStates:
        return collect_states(self._estimator)

    def take_over(self, memory: CallbackStates) -> None:
        distribute_states(self._estimator, memory)

    def close(self) -> None:
        """Tell of the end of the fit, and first of that of an epoch that was broken off.

        Where it has made no record (Ctrl-C within it, or L-BFGS had converged) it has nothing to
        tell, and its context no ``training``.
        """
        epoch, self._epoch = self._epoch, None
        if epoch is not None and epoch.training.epoch > self._begun:
            epoch.call_on_fit_task_end(**self._arguments)
        elif epoch is not None:
            epoch.training = None
            epoch.call_on_fit_task_end(estimator=self._estimator)
        if self._has_begun:
            self._fit.call_on_fit_task_end(
                estimator=self._estimator, **self._given, reconstruction_attributes={}
            )


@contextmanager
def watched(
    estimator: Any,
    n_epochs: int,
    given: Mapping[str, Any],
    attributes: Attributes,
    looks_on: bool = True,
) -> Iterator[Bridge]:
    """Tell an estimator's callbacks of a fit: its beginning, its epochs and its end.

    The block is to train with the bridge as a watcher, and to leave the estimator fitted. It
    belongs into a method that scikit-learn's ``with_callbacks`` decorates, which tears down.

    Parameters
    ----------
    estimator, given, attributes
        As for :class:`Bridge`.
    n_epochs : int
        Most epochs of this fit.
    looks_on : bool
        Whether the callbacks are told anything from the beginning on; or only if this worker takes
        the place of another one, that is lost.
    """
    context = estimator._init_callback_context(max_subtasks=n_epochs)
    bridge = Bridge(estimator, context, given, attributes)
    if looks_on:
        bridge.begin()
    yield bridge
    bridge.close()


def collect_states(estimator: Any) -> CallbackStates:
    """Return the states that a checkpoint keeps of an estimator's callbacks.

    Raises
    ------
    CheckpointError
        If one of them is not JSON-able.
    """
    states = []
    for callback in callbacks_of(estimator):
        state, name = _state_of(callback), type(callback).__name__
        if state is None:
            continue
        try:
            states.append(
                {"callback": name, "state": json.loads(json.dumps(dict(state), allow_nan=False))}
            )
        except (TypeError, ValueError) as error:
            raise CheckpointError(
                f"The get_state of the callback {name} must return JSON-able data, without NaN or "
                f"infinity ({error}); it returned {state!r}."
            ) from error
    return states


def _state_of(callback: Any) -> Mapping[str, Any] | None:
    return callback.get_state() if hasattr(callback, "get_state") else None


def distribute_states(estimator: Any, states: CallbackStates) -> None:
    """Give each callback the state that a checkpoint has kept of it.

    Raises
    ------
    CheckpointError
        If there are other callbacks now: with them the run would become another one.
    """
    takers = [c for c in callbacks_of(estimator) if _state_of(c) is not None]
    then, now = [s["callback"] for s in states], [type(c).__name__ for c in takers]
    if then != now:
        raise CheckpointError(
            "Callbacks that say when to stop are part of a run. The checkpoint was written with "
            f"{', '.join(then) or 'none of them'}, and now there is {', '.join(now) or 'none'}. "
            "Set the same ones, or use another folder."
        )
    for callback, state in zip(takers, states, strict=True):
        callback.set_state(state["state"])
