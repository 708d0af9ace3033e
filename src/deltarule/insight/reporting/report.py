"""One page about a model: what it was trained on, how good it is, what looks wrong."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from deltarule.errors import DataError
from deltarule.insight.diagnosis import diagnose
from deltarule.insight.pages import render, require_packages
from deltarule.insight.reporting.charts import learning_curves
from deltarule.insight.reporting.material import Material
from deltarule.insight.reporting.sections import (
    MOST_CELLS,
    MOST_COLUMNS,
    classes_of,
    columns_of,
    confusion_of,
    curves_of,
    errors_of,
    importances_of,
    layers_of,
    settings_of,
)
from deltarule.insight.views import Model

PACKAGES = ("deltarule", "numpy", "scipy", "scikit-learn", "pyarrow")


def report(model: Model, X: Any, y: Any, *, source: str = "the rows given") -> str:
    """Return one HTML file that needs nothing else: no network, no script.

    What is in the data, the network with its shapes, learning curves, confusions, a line for each
    class, ROC and precision-recall curves, a reliability diagram, permutation importances, the
    worst errors, what looks wrong (see :func:`diagnose`), and the settings to do it again.

    Parameters
    ----------
    model : fitted estimator
    X, y : table and labels (n,)
        Best some that it was not trained on.
    source : str
        What the report calls them.

    Returns
    -------
    str

    Raises
    ------
    DataError
    MissingExtraError
        Without ``deltarule[report]``.

    Examples
    --------
    >>> from deltarule import TabularClassifier
    >>> table = {"size": [1.0, 2.0, 8.0, 9.0] * 10, "colour": ["red", "blue"] * 20}
    >>> model = TabularClassifier(preset="quick", max_iter=2, random_state=0)
    >>> page = report(model.fit(table, [0, 0, 1, 1] * 10), table, [0, 0, 1, 1] * 10)
    >>> page[:15], "<script" in page
    ('<!doctype html>', False)
    """
    return report_on(Material.of(model, X, y, source))


def report_on(material: Material) -> str:
    """Return the page for material that is at hand: see :func:`report`."""
    require_packages()
    if not len(material.truth):
        raise DataError("A report needs rows with labels, and there are none.")
    importances = importances_of(material)
    most_important = [row["column"] for row in importances or []]
    shown = most_important[:MOST_CELLS]
    return render(
        "report.html",
        {"repr": repr},
        title=f"{material.target or 'Report'}: {len(material.model.classes_)} classes",
        material=material,
        evaluation=material.evaluation,
        symptoms=diagnose(
            material.model, material.table, material.labels, predictions=material.predictions
        ),
        columns=columns_of(material),
        more_columns=max(0, len(material.kinds) - MOST_COLUMNS),
        classes=classes_of(material),
        confusion=confusion_of(material),
        layers=layers_of(material),
        curves=learning_curves(material.model.history_),
        class_curves=curves_of(material),
        importances=importances,
        shown=shown,
        errors=errors_of(material, shown),
        best_epoch=getattr(material.model, "best_epoch_", 0),
        estimator=type(material.model).__name__,
        settings=settings_of(material),
        versions={name: version(name) for name in PACKAGES} | {"Python": platform.python_version()},
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
