"""Taking over a network that scikit-learn has trained."""

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier as ScikitMLP
from sklearn.utils.validation import check_is_fitted

from deltarule.classifier.plan import objective_of
from deltarule.errors import SettingError
from deltarule.model_file import SavedModel, TrainingSummary
from deltarule.network import LOSSES, Layout, Parameters

LOSS_OF = {"softmax": "softmax", "logistic": "sigmoid"}  # by scikit-learn's out_activation_


def saved_from_sklearn(model: Any, settings: Any) -> SavedModel:
    """Return a fitted scikit-learn ``MLPClassifier`` as a model file would describe it.

    Parameters
    ----------
    model : sklearn.neural_network.MLPClassifier
    settings : MLPClassifier
        Ours, with the model's parameters.

    Raises
    ------
    sklearn.exceptions.NotFittedError
    """
    check_is_fitted(model)
    loss = LOSSES[LOSS_OF[model.out_activation_]]
    objective = objective_of(settings, model.n_features_in_, model.n_outputs_, loss)
    names = getattr(model, "feature_names_in_", None)
    return SavedModel(
        estimator="MLPClassifier",
        network=objective.network,
        loss=loss,
        parameters=[_parameters_of(model, objective.network.layout)],
        classes=model.classes_,
        settings=settings.get_params(deep=False),
        training=_training_of(model),
        features=None if names is None else names.tolist(),
    )


def settings_of(model: Any) -> dict[str, Any]:
    """Return a scikit-learn ``MLPClassifier``'s parameters.

    Raises
    ------
    SettingError
        If it is not one.
    """
    if not isinstance(model, ScikitMLP):
        raise SettingError(
            f"from_sklearn takes a fitted sklearn.neural_network.MLPClassifier, not {model!r}."
        )
    return model.get_params(deep=False)


def _parameters_of(model: Any, layout: Layout) -> Parameters:
    parameters = Parameters(layout, model.coefs_[0].dtype)
    for k, (W, b) in enumerate(zip(model.coefs_, model.intercepts_, strict=True), start=1):
        parameters.W[k][:], parameters.b[k][:, 0] = W.T, b
    return parameters


def _training_of(model: Any) -> TrainingSummary:
    scores = list(getattr(model, "validation_scores_", None) or [])
    curve = list(getattr(model, "loss_curve_", None) or [model.loss_])  # L-BFGS has no curve there
    return TrainingSummary(
        examples=int(model.t_),
        epochs=int(model.n_iter_),
        best_epoch=int(np.nanargmax(scores)) + 1 if scores else 0,
        stopped=None if model.n_iter_ == model.max_iter else "scikit-learn's rule",
        seed=0,
        loss_curve=[float(loss) for loss in curve],
        validation_scores=[float(score) for score in scores],
    )
