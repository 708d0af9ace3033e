"""When training leaves the finite numbers, or all reason: where, and what to lower."""

from collections.abc import Callable, Iterable

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
    find_overflow: Callable[[], int | None],
) -> None:
    """End a run whose loss or weights have left the finite numbers.

    Parameters
    ----------
    engine : Engine
    member : Member
        Where the weights are not finite, those of the epoch's start take their place.
    result : RunResult
        Of a step whose loss was not finite, the update has not been made.
    find_overflow : callable
        Returns the first layer whose outputs overflow in that step; None where none does.

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
        layer, where = _described(find_overflow(), engine.objective.network, member.parameters)
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


def overflow_on(
    network: Network,
    member: Member,
    examples: Examples,
    rows: Integers,
    first_example: int = 0,
    dropout: float = 1.0,
) -> int | None:
    """Return the first layer whose outputs overflow on rows of a batch; None where none does.

    Parameters
    ----------
    network : Network
    member : Member
        In the step of that batch.
    examples : Examples
    rows : array (b,)
        Their numbers.
    first_example : int
        The place in the whole batch of the first one.
    dropout : float
        The step's factor on all rates of dropout.
    """
    parameters, dtype = member.parameters, member.parameters.dtype
    firsts = []
    for start in range(0, len(rows), CHUNK):
        some, place = rows[start : start + CHUNK], first_example + start
        X, _, _ = gather(examples, some, dtype)
        dropped = masks(network, member.seed, member.step, len(some), place, dtype, dropout)
        with np.errstate(over="ignore", invalid="ignore"):
            firsts.append(first_overflow(forward(network, parameters, X, dropped)))
    return first_of(firsts)


def first_of(layers: Iterable[int | None]) -> int | None:
    """Return the least of layers; None where there is none."""
    return min((k for k in layers if k is not None), default=None)


def _described(overflow: int | None, network: Network, parameters: Parameters) -> tuple[int, str]:
    """Return the layer to be named, and what it does."""
    if overflow is not None:
        return overflow, f"the outputs of layer {overflow} did so first"
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
    network = engine.objective.network
    overflow = overflow_on(network, member, examples, rows)
    layer, where = _described(overflow, network, member.parameters)
    return DivergenceError(
        f"Training diverged: after {member.epoch} iterations of L-BFGS the loss is {loss}; "
        f"{where}. Scale the columns of X, or raise alpha.",
        epoch=member.epoch,
        step=member.epoch,
        layer=layer,
    )
