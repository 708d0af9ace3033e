"""What a callback may be told, each with an empty body."""

from collections.abc import Mapping
from typing import Any

from deltarule.training import TrainingState

STOPPED_BY_CALLBACK = "a callback asked for it"


class Callback:
    """scikit-learn's ``FitCallback`` with empty bodies, and three moments of deltarule's own.

    Derive from it and write what is needed; a class that only has scikit-learn's four methods is
    welcome too. See :func:`training_of` for what an epoch's context tells.
    """

    def setup(self, estimator: Any, context: Any) -> None:
        """Get ready: a fit begins, and its data have been checked."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Look on before the fit, and before each of its epochs."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool | None:
        """Look on after each epoch, and after the fit; true ends training with this epoch."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Clean up: the fit is over, whichever way."""

    def on_burst(self, state: TrainingState) -> None:
        """Look on between two steps, many times a minute: how far an epoch has got."""

    def get_state(self) -> Mapping[str, Any] | None:
        """Return what a checkpoint is to keep, as JSON-able data; None if there is nothing.

        A callback that has something changes what is trained. A run is then resumed with the
        same ones only.
        """
        return None

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take up what :meth:`get_state` had returned: after :meth:`setup`, on resuming."""


def training_of(context: Any) -> TrainingState | None:
    """Return the training state of an epoch's context; None for the context of a fit."""
    return getattr(context, "training", None)
