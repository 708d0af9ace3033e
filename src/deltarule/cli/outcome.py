"""What ``deltarule train`` tells of a model that it has trained."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deltarule.cli.inputs import Opened
    from deltarule.tabular import Evaluation, TabularClassifier


def evaluate_fit(model: "TabularClassifier", opened: "Opened") -> tuple[str, "Evaluation | None"]:
    """Evaluate on the test rows, else on those validated on; say which."""
    from deltarule.cli.tables import without
    from deltarule.tabular import evaluate
    from deltarule.tabular.evaluation import evaluate_predictions
    from deltarule.tabular.recipe import recipe_of

    names, valid, test = opened.inputs, opened.valid, opened.test
    if test is not None:
        return str(names.test), evaluate(model, without(test, [names.weights]), names.target)
    note = "the epoch was chosen on these rows, so expect a little less on new ones"
    if valid is not None:
        told = evaluate(model, without(valid, [names.weights]), names.target)
        return f"{names.valid} ({note})", told
    if not len(model.validation_rows_):
        return "nothing", None
    told = evaluate_predictions(model.validation_predictions(), model.validation_truth_)
    if recipe_of(model.get_params(deep=False)).n_trained > 1:
        note = "each by networks that were not trained on it; the whole model does better"
    return f"the rows held out from training ({note})", told


def summary(
    model: "TabularClassifier",
    out: str,
    evaluated_on: str,
    evaluation: "Evaluation | None",
) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    return {
        "model": out,
        "epochs": model.n_iter_,
        "schedule_epochs": model.schedule_epochs_,
        "best_epoch": model.best_epoch_,
        "stopped": model.stopped_,
        "n_models": model.n_models_,
        "window": model.window_,
        "temperature": model.temperature_,
        "threshold": model.threshold_,
        "columns": model.column_kinds_,
        "left_out": model.left_out_,
        "evaluated_on": evaluated_on,
        "evaluation": None if evaluation is None else evaluation.to_json(),
    }
