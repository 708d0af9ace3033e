"""From a gradient that is wrong to the mistake that makes it so."""

import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError
from deltarule.insight.gradients.probes import (
    Function,
    Told,
    ask,
    fits,
    square,
    uneven,
    with_large_scores,
)
from deltarule.insight.gradients.slips import SLIPS, Gradients, with_slips
from deltarule.network import Inputs

CLOSE = 1e-6  # relative: someone may compute in float32
ROUGHLY = 1e-2
SEEDS = (1, 2)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a gradient.

    Attributes
    ----------
    name : str
        The mistake.
    lines : str
        Where in the document; "" where it is no line of it.
    advice : str
    """

    name: str
    lines: str
    advice: str


NOT_A_NUMBER = Finding(
    "not a number",
    "",
    "Some entries of the gradients are NaN or infinite, on a small network with weights around 1: "
    "look for a division by zero, a logarithm of 0, or an array that is not filled (np.empty).",
)


def diagnose(function: Function, activation: str, depth: int) -> list[Finding]:
    """Return what is wrong with someone's gradient; nothing where nothing is found.

    It is tried on networks whose layers are all of one size, so that a wrong product has the right
    shape; on one with uneven layers; and with scores beyond 1000.
    """
    found = list(_habits(function, square(activation, depth, SEEDS[0])))
    if NOT_A_NUMBER in found:
        return found
    probes = [square(activation, depth, seed) for seed in SEEDS]
    told = [ask(function, inputs) for inputs in probes]
    if not all(one.shapes_fit for one in told):
        return [*found, wrong_shapes(told[0], probes[0])]
    wrong = [
        (one, inputs)
        for one, inputs in zip(told, probes, strict=True)
        if not _same([one], [with_slips(inputs)])
    ]
    if not wrong:
        found += _uneven(function, uneven(activation, depth, SEEDS[0]))
        return [*found, *_large_scores(function, probes[0], ())]
    names = _slips(told, probes)
    if not names:
        return [*found, _unknown(*wrong[0])]
    slips = [SLIPS[name] for name in names]
    found += [Finding(slip.name, slip.lines, slip.advice) for slip in slips]
    return [*found, *_large_scores(function, probes[0], names)]


def _habits(function: Function, inputs: Inputs) -> Iterator[Finding]:
    """Yield what is wrong with a function whatever it computes."""
    told = ask(function, inputs)
    if told.changed:
        yield Finding(
            "changes what it is given",
            "",
            f"After the call {' and '.join(told.changed)} had other values than before. A step is "
            "made with the gradients, when all of them are there: compute them from the arrays as "
            "they are, and write into arrays of your own.",
        )
    first = copy.deepcopy(told.gradients)
    if not _all_finite(first):
        yield NOT_A_NUMBER
        return
    if not _close(ask(function, inputs).gradients, first):
        yield Finding(
            "another result at the second call",
            "",
            "The same weights and batch gave other gradients: they are added to those of the call "
            "before, or something random is drawn. Begin each call with fresh arrays.",
        )


def _slips(told: list[Told], probes: list[Inputs]) -> tuple[str, ...]:
    """Return the slip, or the two, that explain what was told to the last digits."""
    for count in (1, 2):
        for names in combinations(SLIPS, count):
            if _same(told, [with_slips(inputs, names) for inputs in probes]):
                return names
    return ()


def _unknown(told: Told, inputs: Inputs) -> Finding:
    """Say down to which layer all is right."""
    right = with_slips(inputs)
    wrong = [
        (k, name)
        for k in sorted(right[0], reverse=True)
        for name, given, expected in zip("bW", told.gradients[::-1], right[::-1], strict=True)
        if not _near(given[k], expected[k])
    ]
    k, name = wrong[0]
    above = f"Down to layer {k + 1} all is right. " if k < inputs.network.depth else ""
    return Finding(
        f"wrong from the gradient of {name} of layer {k} on",
        "",
        f"{above}It is none of the mistakes that are known here. Compare the lines of layer {k} "
        "with `deltarule trace`, on the same numbers.",
    )


def wrong_shapes(told: Told, inputs: Inputs) -> Finding:
    """Name what is known by the shape of an array alone."""
    dW, db = told.gradients
    right_W, right_b = with_slips(inputs)
    examples = inputs.X.shape[1]
    for k in right_b:
        if db[k].shape == (len(right_b[k]), examples):
            is_g = _near(db[k].sum(axis=1, keepdims=True), right_b[k])
            return Finding(
                "missing sum over the batch",
                "Algorithm 2, lines 3 and 9",
                f"The gradient of b of layer {k} has a column for each example"
                + (": it is g. " if is_g else ". ")
                + "It is their sum, g O, of shape (n, 1).",
            )
    k = next(k for k in right_W if not (fits(dW[k], right_W[k]) and fits(db[k], right_b[k])))
    return Finding(
        f"wrong shape in layer {k}",
        "",
        f"The gradients of W and b have the shapes {dW[k].shape} and {db[k].shape}, and W and b "
        f"have {right_W[k].shape} and {right_b[k].shape}.",
    )


def _uneven(function: Function, inputs: Inputs) -> Iterator[Finding]:
    """Check that what is right where all layers have one size is right where they have not."""
    try:
        told = ask(function, inputs)
    except DataError:
        raise
    except Exception as error:
        cause = error.__cause__ or error  # that of a function which tells of its errors otherwise
        yield Finding(
            "fails where layers have different sizes",
            "",
            f"On a network of {'-'.join(map(str, inputs.network.sizes))} it raised "
            f"{type(cause).__name__}: {cause}",
        )
        return
    if not told.shapes_fit or not _close(told.gradients, with_slips(inputs)):
        yield Finding(
            "wrong where layers have different sizes",
            "",
            f"On a network of {'-'.join(map(str, inputs.network.sizes))} the gradients are wrong, "
            "and they are right where all layers have one size: something takes its size from "
            "another layer.",
        )


def _large_scores(function: Function, inputs: Inputs, slips: Collection[str]) -> Iterator[Finding]:
    """Eq. 13 as it is written overflows; so does one maximum for all columns.

    With slips that are known, gradients are to be wrong in just that way here, too.
    """
    for of_all, name, advice in (
        (
            True,
            "softmax without subtracting the maximum",
            (
                "With scores beyond 700 exp overflows. Subtract from each column its own maximum "
                "first: it cancels out of Eq. 13 and 14."
            ),
        ),
        (
            False,
            "softmax with one maximum for the whole batch",
            (
                "Where one example's scores are 1000 above another's, the other's exponentials are "
                "all 0. Subtract from each column its own maximum: axis 0 of an (l, b) array."
            ),
        ),
    ):
        probe = with_large_scores(inputs, of_all=of_all)
        if not _holds(function, probe, slips):
            yield Finding(name, "Algorithm 1, line 12, Eq. 13", advice)
            return


def _holds(function: Function, probe: Inputs, slips: Collection[str]) -> bool:
    """Whether the gradients are roughly those that are expected: large scores cost digits."""
    try:
        with np.errstate(all="ignore"):
            told = ask(function, probe)
    except (ArithmeticError, ValueError):
        return False
    pairs = zip(told.gradients, with_slips(probe, slips), strict=True)
    return all(
        np.isfinite(given[k]).all()
        and np.linalg.norm(given[k] - right[k])
        <= ROUGHLY * max(float(np.linalg.norm(right[k])), 1.0)
        for given, right in pairs
        for k in right
    )


def _same(told: list[Told], expected: list[Gradients]) -> bool:
    return all(
        one.shapes_fit and _close(one.gradients, other)
        for one, other in zip(told, expected, strict=True)
    )


def _all_finite(gradients: Gradients) -> bool:
    return all(np.isfinite(array).all() for each in gradients for array in each.values())


def _close(some: Gradients, others: Gradients) -> bool:
    return all(
        given[k].shape == expected[k].shape and _near(given[k], expected[k])
        for given, expected in zip(some, others, strict=True)
        for k in expected
    )


def _near(given: NDArray[Any], expected: NDArray[Any]) -> bool:
    if given.shape != expected.shape or not np.isfinite(given).all():
        return False
    size = float(np.linalg.norm(expected))
    return float(np.linalg.norm(given - expected)) <= CLOSE * max(size, 1e-6)
