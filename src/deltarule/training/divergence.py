"""When training leaves the finite numbers, or all reason: where, and what to lower."""

from collections.abc import Callable

import numpy as np

from deltarule.engines import Engine, Examples, RunResult
from deltarule.engines.reference import CHUNK, gather
from deltarule.errors import DivergenceError
from deltarule.network import Network, Parameters, first_overflow, forward
from deltarule.network.arrays import Integers
from deltarule.network.dropout import masks
from deltarule.training.state import Member

EXPLODING = 1000.0  # times the best loss, or that of guessing


def require_finite(
    engine: Engine,
    member: Member,
    result: RunResult,
    failed: Callable[[], tuple[Examples, Integers, float]],
) -> None:
    """End a run whose loss or weights have left the finite numbers.

    Parameters
    ----------
    engine : Engine
    member : Member
        Where the weights are not finite, those of the epoch's start take their place.
    result : RunResult
        Of a step whose loss was not finite, the update has not been made.
    failed : callable
        Returns what that step has looked at, as far as this worker has it: examples, the numbers of
        the rows, the factor on dropout.

    Raises
    ------
    DivergenceError
    """
    loss, finite = result.diverged, bool(np.isfinite(member.parameters.theta).all())
    if loss is None and finite:
        return
    step = member.step if loss is None else member.step + 1
    if not finite:
        layer = _first_broken(member.parameters)
        where = f"the weights of layer {layer} did so first"
    else:
        layer, where = _locate(engine, member, *failed())
    if not finite and member.epoch_start is not None:
        member.parameters.theta[:] = member.epoch_start
    what = "the weights" if loss is None else f"the loss, {loss},"
    raise DivergenceError(
        f"Training diverged: in epoch {member.epoch + 1}, at step {step}, {what} left the finite "
        f"numbers; {where}. The last finite weights are kept. Lower learning_rate_init (the rate "
        f"was {member.rate:g}), or look for rows of X with very large values.",
        epoch=member.epoch + 1,
        step=step,
        layer=layer,
    )


def _first_broken(parameters: Parameters) -> int:
    """Return the first layer that has a weight or bias which is not finite."""
    return next(
        entry.layer
        for entry in parameters.layout.entries
        if not np.isfinite(parameters.theta[entry.span]).all()
    )


def _locate(
    engine: Engine, member: Member, examples: Examples, batch: Integers, dropout: float = 1.0
) -> tuple[int, str]:
    """Return the layer that overflows on a batch, and a description of what it does."""
    network, parameters = engine.objective.network, member.parameters
    seed, step, dtype = member.seed, member.step, parameters.dtype
    firsts = []
    for start in range(0, len(batch), CHUNK):
        rows = batch[start : start + CHUNK]
        X, _, _ = gather(examples, rows, dtype)
        dropped = masks(network, seed, step, len(rows), start, dtype, dropout)
        with np.errstate(over="ignore", invalid="ignore"):
            firsts.append(first_overflow(forward(network, parameters, X, dropped)))
    found = [k for k in firsts if k is not None]
    if found:
        return min(found), f"the outputs of layer {min(found)} did so first"
    largest = _largest_weights(network, parameters)
    return largest, f"layer {largest} has the largest weights"


def _largest_weights(network: Network, parameters: Parameters) -> int:
    return max((k for k, _ in network), key=lambda k: float(np.abs(parameters.weights[k]).max()))


def require_sane(engine: Engine, member: Member) -> None:
    """End a run whose loss is finite but out of all proportion to the best before it.

    The loss of equal probabilities counts too: a best loss far below that, on rows that have been
    learnt by heart, is no measure.

    Raises
    ------
    DivergenceError
    """
    guessing = engine.objective.loss.of_guessing(engine.objective.network.n_outputs)
    epoch = member.history[-1]
    if epoch.loss <= EXPLODING * max(member.best_loss, guessing):
        return
    layer = int(np.argmax(epoch.update_ratio)) + 1
    raise DivergenceError(
        f"Training diverged: the loss of epoch {member.epoch} is {epoch.loss:g}, where the best "
        f"was {member.best_loss:g}; at its last step, {member.step}, layer {layer} changed most "
        f"(|change| / |weights| = {epoch.update_ratio[layer - 1]:.2g}). Lower learning_rate_init "
        f"(the rate was {epoch.rate:g}), cut the gradient's norm (clip_norm), or look for rows of "
        "X with very large values.",
        epoch=member.epoch,
        step=member.step,
        layer=layer,
    )


def lbfgs_diverged(
    engine: Engine, member: Member, examples: Examples, loss: float
) -> DivergenceError:
    """Return the error of an L-BFGS run whose loss is not finite."""
    rows = np.arange(len(examples)) if examples.rows is None else examples.rows
    layer, where = _locate(engine, member, examples, rows)
    return DivergenceError(
        f"Training diverged: after {member.epoch} iterations of L-BFGS the loss is {loss}; "
        f"{where}. Scale the columns of X, or raise alpha.",
        epoch=member.epoch,
        step=member.epoch,
        layer=layer,
    )
