"""On rows as they come: training that is stopped by what one cares about."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from deltarule import MLPClassifier
from deltarule.data import Encoder
from deltarule.insight import TrainingCurveDisplay


def test_early_stopping_on_roc_auc_of_rows_of_ones_own(real_data, tmp_path):
    """Adult, 1994 census: the curve peaks, and its peak holds on the official test rows."""
    table, y = real_data("adult", "train")
    encoder = Encoder.learn(table.to_batches(), table.schema).encoder
    X, X_val, y, y_val = train_test_split(
        encoder.encode(table), y, test_size=0.2, random_state=0, stratify=y
    )
    settings = {"dropout": 0.2, "batch_size": 256, "n_iter_no_change": 15, "random_state": 0}
    model = MLPClassifier((64, 32), early_stopping=True, scoring="roc_auc", **settings)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    best = int(np.argmax(model.validation_scores_)) + 1
    assert 1 < best < model.n_iter_ < 200

    test, y_test = real_data("adult", "test")
    p = model.predict_proba(encoder.encode(test))[:, 1]
    area = roc_auc_score(y_test == model.classes_[1], p)
    assert area == pytest.approx(model.best_validation_score_, abs=0.01)
    assert area > 0.905

    display = TrainingCurveDisplay.from_estimator(model, curves=["loss", "score", "update_ratio"])
    display.figure_.savefig(tmp_path / "adult.png")
    plt.close(display.figure_)
    assert (tmp_path / "adult.png").stat().st_size > 10_000
