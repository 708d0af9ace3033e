"""What a training run leaves behind: its history, and a network that can be saved."""

import os
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from deltarule.classifier.importing import saved_from_sklearn, settings_of
from deltarule.classifier.predictor import Predictor
from deltarule.data import Targets
from deltarule.model_file import SavedModel, write_model
from deltarule.network import Objective, Parameters
from deltarule.training import Columns, Member, RunRecord, TrainingState


class TrainedNetwork(Predictor):
    """The part of MLPClassifier that tells how its network came to be.

    Everything follows from ``_record``; ``_state`` is where training can go on.
    """

    _record: RunRecord
    _state: TrainingState

    def _keep(
        self, targets: Targets, objective: Objective, parameters: Parameters, record: RunRecord
    ) -> None:
        """Become fitted: set everything that a fit, or a model file, gives."""
        self._adopt(targets, objective, parameters)
        self._record = record
        self.n_iter_, self.t_ = record.epochs, record.examples

    @property
    def history_(self) -> Columns:
        """What happened, an entry an epoch."""
        return self._record.columns(self._objective.network.depth)

    @property
    def loss_curve_(self) -> list[float]:
        """The mean loss of each epoch."""
        return self.history_["loss"].tolist()

    @property
    def loss_(self) -> float:
        """The mean loss of the last epoch."""
        return self.loss_curve_[-1]

    @property
    def best_loss_(self) -> float | None:
        """The least loss; None where validation rows decided."""
        return None if self.validation_scores_ else float(np.nanmin(self.history_["loss"]))

    @property
    def validation_scores_(self) -> list[float] | None:
        """The score of the validation rows after each epoch; None where there were none."""
        scores = self.history_["validation_score"]
        return None if np.isnan(scores).all() else scores.tolist()

    @property
    def best_validation_score_(self) -> float | None:
        """The best of them: that of the weights that are kept."""
        scores = self.validation_scores_
        return None if scores is None else float(np.nanmax(scores))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to one file; :func:`deltarule.load_model` reads it.

        Raises
        ------
        SaveError
            If it cannot be written; what stood at ``path`` before is then still there.
        """
        check_is_fitted(self)
        write_model(path, self._to_saved())

    def _to_saved(self) -> SavedModel:
        names = getattr(self, "feature_names_in_", None)
        return SavedModel(
            estimator="MLPClassifier",
            network=self._objective.network,
            loss=self._targets.loss,
            parameters=[self._parameters],
            classes=self.classes_,
            settings=self.get_params(deep=False),
            training=self._record.training,
            features=None if names is None else names.tolist(),
        )

    @classmethod
    def from_sklearn(cls, model: Any) -> Self:
        """Take over a fitted ``sklearn.neural_network.MLPClassifier``, weights and all.

        It predicts the same at once, and can be trained on, inspected and saved.

        Raises
        ------
        SettingError
            If it is something else.
        sklearn.exceptions.NotFittedError

        Examples
        --------
        >>> from deltarule import MLPClassifier
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neural_network import MLPClassifier as ScikitMLP
        >>> X, y = load_iris(return_X_y=True)
        >>> theirs = ScikitMLP(max_iter=600, random_state=0).fit(X, y)
        >>> bool((MLPClassifier.from_sklearn(theirs).predict(X) == theirs.predict(X)).all())
        True
        """
        return cls._from_saved(saved_from_sklearn(model, cls(**settings_of(model))))

    @classmethod
    def _from_saved(cls, saved: SavedModel) -> Self:
        if saved.encoder is not None:
            raise ValueError("an MLPClassifier has no encoder")
        if len(saved.parameters) > 1 or saved.temperature != 1:
            raise ValueError("an MLPClassifier is one network, and takes its scores as they are")
        model = cls(**saved.settings)
        targets = Targets(saved.classes, saved.loss, saved.network.n_outputs)
        smoothing = float(model.label_smoothing)
        objective = Objective(saved.network, saved.loss, model.alpha, smoothing)
        (parameters,) = saved.parameters
        model._keep(targets, objective, parameters, RunRecord.from_file(saved.training))
        model._state = TrainingState.of([Member(parameters, {}, saved.training.seed)])
        model._frozen.is_final = True
        if saved.features is not None:
            model.feature_names_in_ = np.array(saved.features, dtype=object)
        return model
