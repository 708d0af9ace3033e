"""A training run as curves over its epochs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from deltarule.errors import MissingExtraError, SettingError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 50  # epochs from which on points would hide their line

# Each curve: the columns of the history that it shows with their labels, and its axis.
CURVES: Mapping[str, tuple[Mapping[str, str], str, str]] = {
    "loss": ({"loss": "training", "validation_loss": "validation"}, "loss", "linear"),
    "score": ({"validation_score": "validation"}, "score", "linear"),
    "rate": ({"rate": "learning rate"}, "learning rate", "linear"),
    "gradient_norm": ({"gradient_norm": "gradient"}, "norm of the gradient", "log"),
    "update_ratio": ({"update_ratio": "layer"}, "update / weight", "log"),
    "seconds": ({"seconds": "epoch"}, "seconds", "linear"),
}


class TrainingCurveDisplay:
    """What happened epoch by epoch, drawn: losses, scores, rate, sizes of steps.

    Use :meth:`from_estimator` to make one. It follows scikit-learn's displays.

    Parameters
    ----------
    history : dict of arrays
        The ``history_`` of a fitted estimator.
    estimator_name : str, optional
        For the title.

    Attributes
    ----------
    figure_ : matplotlib.figure.Figure
    axes_ : list of matplotlib.axes.Axes
        One for each curve, in the order that was asked for.
    lines_ : dict from a column of the history to its list of lines

    Examples
    --------
    >>> from deltarule import MLPClassifier
    >>> from deltarule.insight import TrainingCurveDisplay
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(max_iter=500, early_stopping=True, random_state=0).fit(X, y)
    >>> display = TrainingCurveDisplay.from_estimator(model)
    >>> [axes.get_ylabel() for axes in display.axes_]
    ['loss', 'score']
    """

    def __init__(
        self, history: Mapping[str, NDArray[np.float64]], *, estimator_name: str | None = None
    ) -> None:
        self.history = history
        self.estimator_name = estimator_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        curves: Sequence[str] | None = None,
        ax: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> "TrainingCurveDisplay":
        """Draw the history of a fitted estimator.

        Parameters
        ----------
        estimator : MLPClassifier or TabularClassifier
        curves, ax, **kwargs
            As for :meth:`plot`.
        name : str, optional
            For the title; the estimator's class where it is not given.

        Returns
        -------
        TrainingCurveDisplay

        Raises
        ------
        SettingError, ImportError
            As for :meth:`plot`.
        sklearn.exceptions.NotFittedError
        """
        check_is_fitted(estimator)
        display = cls(estimator.history_, estimator_name=name or type(estimator).__name__)
        return display.plot(curves=curves, ax=ax, **kwargs)

    def plot(
        self, *, curves: Sequence[str] | None = None, ax: Any = None, **kwargs: Any
    ) -> "TrainingCurveDisplay":
        """Draw, one panel a curve; a dashed line marks the epoch with the best score.

        Parameters
        ----------
        curves : sequence of str, optional
            Of "loss", "score", "rate", "gradient_norm", "update_ratio" and "seconds". Loss and
            score, where there is one, if it is not given.
        ax : matplotlib Axes, or as many as there are curves, optional
            A figure of its own if it is not given.
        **kwargs
            For ``matplotlib.axes.Axes.plot``.

        Returns
        -------
        self

        Raises
        ------
        SettingError
            For an unknown curve, one that the run has not, or another number of axes.
        ImportError
            Without matplotlib.
        """
        names = self._choose(curves)
        self.axes_ = self._axes(ax, len(names))
        self.figure_ = self.axes_[0].figure
        self.lines_: dict[str, list[Any]] = {}
        for axes, name in zip(self.axes_, names, strict=True):
            self._draw(axes, name, kwargs)
        self.axes_[-1].set_xlabel("epoch")
        if self.estimator_name and ax is None:
            self.axes_[0].set_title(self.estimator_name)
        return self

    def _choose(self, curves: Sequence[str] | None) -> list[str]:
        if curves is None:
            return [name for name in ("loss", "score") if name == "loss" or self._has(name)]
        names = [curves] if isinstance(curves, str) else list(curves)
        for name in names:
            if name not in CURVES:
                known = ", ".join(map(repr, CURVES))
                raise SettingError(f"There is no curve {name!r}. Choose from {known}.")
            if not self._has(name):
                raise SettingError(
                    f"This run has no {name!r}: only a fit with validation rows has scores, and "
                    "only one by this version has all of its history."
                )
        if not names:
            raise SettingError("curves must name at least one curve.")
        return names

    def _has(self, name: str) -> bool:
        return any(np.isfinite(self.history[column]).any() for column in CURVES[name][0])

    def _axes(self, ax: Any, n_curves: int) -> "list[Axes]":
        if ax is not None:
            axes = [ax] if hasattr(ax, "plot") else list(np.ravel(ax))
            if len(axes) != n_curves:
                raise SettingError(f"{len(axes)} axes were given for {n_curves} curves.")
            return axes
        try:
            from matplotlib import pyplot as plt
        except ImportError:
            raise MissingExtraError(
                "Drawing needs matplotlib, which is not installed: pip install 'deltarule[report]'"
            ) from None
        figure, grid = plt.subplots(
            n_curves, squeeze=False, sharex=True, figsize=(6.4, 1.2 + 2.4 * n_curves)
        )
        figure.set_layout_engine("constrained")
        return list(grid[:, 0])

    def _draw(self, axes: "Axes", name: str, kwargs: Mapping[str, Any]) -> None:
        columns, label, scale = CURVES[name]
        for column, legend in columns.items():
            values = self.history[column]
            if not np.isfinite(values).any():
                continue
            epochs = np.arange(1, len(values) + 1)
            style = {"marker": "." if len(values) < MANY else None, **kwargs}
            lines = axes.plot(epochs, values, **style)
            for k, line in enumerate(lines, start=1):
                line.set_label(f"{legend} {k}" if values.ndim == 2 else legend)
            self.lines_[column] = lines
        if name in ("loss", "score") and self._has("score"):
            best = int(np.nanargmax(self.history["validation_score"])) + 1
            label_of_best = f"best score: epoch {best}"
            axes.axvline(best, linestyle="--", color="0.5", linewidth=1, label=label_of_best)
        axes.set_ylabel(label)
        axes.set_yscale(scale)
        axes.locator_params(axis="x", integer=True)
        if len(axes.get_legend_handles_labels()[0]) > 1:
            axes.legend()
