"""What the history of a training run tells."""

from collections.abc import Iterator

import numpy as np

from deltarule.insight.diagnosis.symptom import Symptom
from deltarule.training import Columns

TOO_FAST, TOO_SLOW = 1e-1, 1e-5  # |change of W| / |W| in a step; around 1e-3 is healthy
WIDE = 2.0  # the loss of the validation rows by that of the training rows
MUCH = 0.1  # in nats
AT_REST = 0.1  # of the highest rate: nothing moves any more
FEWEST = 5  # epochs that a trend takes
STILL_FALLING = 0.02  # share of the loss that the last tenth of the epochs gained


def of_history(history: Columns, is_over: bool) -> Iterator[Symptom]:
    """Yield what is wrong with a run.

    Parameters
    ----------
    history : dict of arrays
        ``history_`` of either estimator.
    is_over : bool
        Whether it ended by itself, and not by the number of epochs.
    """
    if len(history["loss"]) < FEWEST:
        return
    yield from _steps(history["update_ratio"])
    if np.isfinite(history["validation_score"]).any():
        kept = int(np.nanargmax(history["validation_score"]))
        yield from _gap(kept, float(history["loss"][kept]), float(history["validation_loss"][kept]))
    rates = history["rate"][np.isfinite(history["rate"])]
    is_at_rest = len(rates) > 0 and rates[-1] < AT_REST * rates.max()
    if not (is_over or is_at_rest):
        yield from _unfinished(history["loss"])


def _steps(ratios: np.ndarray) -> Iterator[Symptom]:
    known = ratios[np.isfinite(ratios).all(axis=1)]
    if not len(known):
        return
    for k, ratio in enumerate(np.median(known, axis=0), start=1):
        told = f"A step changes W by {ratio:.1e} of its size (median of the epochs)."
        if ratio > TOO_FAST:
            advice = "Around 1e-3 is healthy: lower learning_rate_init."
            yield Symptom("steps too large", f"layer {k}", told, advice)
        elif 0 < ratio < TOO_SLOW:
            advice = "Around 1e-3 is healthy: raise learning_rate_init, or train for longer."
            yield Symptom("steps too small", f"layer {k}", told, advice)


def _gap(epoch: int, learnt: float, told: float) -> Iterator[Symptom]:
    if told - learnt > MUCH and told > WIDE * learnt:
        yield Symptom(
            "gap between training and validation",
            f"epoch {epoch + 1}",
            f"The loss is {learnt:.4f} on the rows trained on and {told:.4f} on those to validate "
            "on.",
            "Much of what was learnt holds for the training rows alone. More rows help; else "
            "dropout, weight_decay or fewer units.",
        )


def _unfinished(losses: np.ndarray) -> Iterator[Symptom]:
    tenth = max(1, len(losses) // 10)
    before, now = float(losses[-1 - tenth]), float(losses[-1])
    if before > 0 and (before - now) / before > STILL_FALLING:
        yield Symptom(
            "not finished",
            f"epoch {len(losses)}",
            f"The loss still fell by {(before - now) / before:.1%} in the last {tenth} epochs.",
            "Raise max_iter, or learning_rate_init.",
        )
