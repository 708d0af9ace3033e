"""What a model file tells of a training run."""

from deltarule.model_file import TrainingSummary
from deltarule.training.state import TrainingState


def summarise(state: TrainingState) -> TrainingSummary:
    """Return the summary of a finished run."""
    return TrainingSummary(
        examples=state.examples_seen,
        epochs=state.epoch,
        best_epoch=state.best_epoch,
        stopped=state.stopped,
        seed=state.seed,
        loss_curve=state.history.losses,
        validation_scores=state.history.scores,
    )
