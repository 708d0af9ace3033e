"""What a person sees who looks inside: traces, checks of gradients, what looks wrong."""

import textwrap
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from deltarule.insight import GradientCheck, Symptom, Trace
    from deltarule.insight.gradients.checking import ArrayCheck

RIGHT, WRONG = Text("right", style="green"), Text("wrong", style="bold red")
UNSEEN = Text("too small to tell", style="yellow")
ALL_RIGHT = "All gradients are right."


def show_trace(trace: "Trace") -> None:
    """Print every line of a trace."""
    from deltarule.insight.tracing.text import render

    console = Console(highlight=False)
    for part in render(trace, console.width):
        console.print(part)


def show_check(check: "GradientCheck") -> None:
    """Print the check of each array, and what was found."""
    from deltarule.insight.tracing.formulas import of_layer

    console = Console(highlight=False)
    console.print(Text(f"Gradients of {check.title}", style="bold"))
    table = Table("array")
    for header in ("norm", "along", "entries"):
        table.add_column(header, justify="right")
    table.add_column("")
    for array in check.arrays:
        table.add_row(
            f"{of_layer(array.name, array.layer)} {' x '.join(map(str, array.shape))}",
            f"{array.norm:.3g}",
            f"{array.along:.1e}",
            f"{array.worst:.1e}",
            _verdict(array),
        )
    if check.arrays:
        console.print(table)
        console.print(
            Text(
                "Errors relative to the norm: of the derivative along a random direction, and the "
                "worst of some entries.",
                style="dim",
            )
        )
    for finding in check.findings:
        lines = f" ({finding.lines})" if finding.lines else ""
        console.print(Text(f"\n{finding.name}{lines}", style="bold red"))
        console.print(textwrap.fill(finding.advice, console.width))
    if check.is_right:
        unseen = sum(array.is_too_small for array in check.arrays)
        told = f"Nothing is wrong; {unseen} are too small to tell." if unseen else ALL_RIGHT
        console.print(Text(told, style="green"))


def _verdict(array: "ArrayCheck") -> Text:
    if not array.is_right:
        return WRONG
    return UNSEEN if array.is_too_small else RIGHT


def show_symptoms(symptoms: "list[Symptom]", where: str) -> None:
    """Print what looks wrong, and what to do about it."""
    console = Console(highlight=False)
    console.print(Text(f"\nOn {where}:", style="bold"))
    for symptom in symptoms:
        console.print(Text(f"\n{symptom.name}: {symptom.where}", style="bold red"))
        console.print(Text(f"{symptom.told}\n{symptom.advice}"))
        if symptom.rows:
            numbers = ", ".join(str(row + 1) for row in symptom.rows)
            console.print(Text(f"Rows {numbers}.", style="dim"))
    if not symptoms:
        console.print(
            "Nothing looks wrong: units, gradients, steps, labels, probabilities and columns were "
            "looked at."
        )
