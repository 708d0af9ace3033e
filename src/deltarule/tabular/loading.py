"""Reading a model file back into the estimator that wrote it."""

import os

from deltarule.classifier import MLPClassifier
from deltarule.errors import ModelFileError
from deltarule.model_file import read_model
from deltarule.tabular.classifier import TabularClassifier


def load_model(path: str | os.PathLike[str]) -> MLPClassifier | TabularClassifier:
    """Return the fitted estimator that ``save`` wrote to a file.

    Nothing in the file is trusted: it is either a whole, unaltered model or refused. See
    :func:`deltarule.model_file.read_model`.

    Raises
    ------
    ModelFileError
        Naming the file and the reason; also for a checkpoint of a run's very beginning. A later
        one is a model as of then.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> from deltarule import MLPClassifier, load_model
    >>> model = MLPClassifier(batch_size=2, tol=1).fit([[0.0], [1.0]], ["no", "yes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/model.deltarule")
    ...     again = load_model(f"{folder}/model.deltarule")
    >>> bool((again.predict_proba([[0.5]]) == model.predict_proba([[0.5]])).all())
    True
    """
    saved = read_model(path)
    try:
        if not saved.training.loss_curve:
            raise ValueError(
                "it is a checkpoint from before the end of its first epoch, and nothing is learnt"
            )
        if saved.estimator == "TabularClassifier":
            return TabularClassifier._from_saved(saved)
        return MLPClassifier._from_saved(saved)
    except ValueError as error:
        raise ModelFileError(f"{os.fspath(path)} is not a usable model file: {error}.") from error
