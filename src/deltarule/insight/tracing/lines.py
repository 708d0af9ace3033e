"""A line of an algorithm at work: its formula, what goes in, what comes out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.insight.tracing.formulas import Formula

TITLES = {1: "Algorithm 1: forward pass", 2: "Algorithm 2: backward pass"}
MOST_NUMBERS = 1000  # of an array that are all told where a machine reads


@dataclass(frozen=True)
class Value:
    """Something that a formula names.

    Attributes
    ----------
    name : str
        As in the formula, "W⁽²⁾".
    array : array
        (rows, columns) mostly; a number is ().
    """

    name: str
    array: NDArray[Any]

    @property
    def shape(self) -> str:
        """The shape as it is shown: "3 x 4"."""
        return " x ".join(map(str, self.array.shape)) or "a number"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-able data; of an array with many numbers what they are like."""
        told: dict[str, Any] = {"name": self.name, "shape": list(self.array.shape)}
        if self.array.size <= MOST_NUMBERS:
            return told | {"values": self.array.tolist()}
        x = self.array.astype(np.float64)
        like = {"least": x.min(), "greatest": x.max(), "mean": x.mean()}
        return told | {name: float(value) for name, value in like.items()}


@dataclass(frozen=True)
class Question:
    """One that the document asks its reader, answered on the reader's numbers.

    Attributes
    ----------
    equation : str
        Whose.
    asked, answer : str
    formula : Formula
    matrix : Value
        What the question is about.
    """

    equation: str
    asked: str
    answer: str
    formula: Formula
    matrix: Value

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-able data."""
        return {
            "equation": self.equation,
            "asked": self.asked,
            "answer": self.answer,
            "formula": self.formula.text,
            "matrix": self.matrix.to_json(),
        }


@dataclass(frozen=True)
class Line:
    """A line of an algorithm.

    Attributes
    ----------
    algorithm : 1 or 2
    number : int or None
        Of the line in the document; None is one of a layer that the document does not have.
    layer : int or None
        k.
    formula : Formula
    operands : tuple of Value
        What is read.
    result : Value or None
        What is computed.
    note : str
        What there is to say about it.
    question : Question or None
    """

    algorithm: int
    number: int | None
    layer: int | None
    formula: Formula
    operands: tuple[Value, ...] = ()
    result: Value | None = None
    note: str = ""
    question: Question | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON-able data."""
        return {
            "algorithm": self.algorithm,
            "line": self.number,
            "layer": self.layer,
            "formula": self.formula.text,
            "latex": self.formula.latex,
            "equations": list(self.formula.equations),
            "operands": [
                {"name": value.name, "shape": list(value.array.shape)} for value in self.operands
            ],
            "result": None if self.result is None else self.result.to_json(),
            "note": self.note,
            "question": None if self.question is None else self.question.to_json(),
        }
