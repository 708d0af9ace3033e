"""Curves as inline SVG that takes its colours from the page: light, dark or printed."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT = "#010101", "#020202"
SERIES = tuple(f"#0303{i:02x}" for i in range(1, 11))
COLOURS = {INK: "currentColor", FAINT: "var(--line)"} | {
    colour: f"var(--series-{i})" for i, colour in enumerate(SERIES, start=1)
}
"""Colours that no chart has, for those that stand in the page's style."""

BREAK = "\u200b"  # no width: labels that begin with "_" would be left out of a legend

STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar in a label is a dollar
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
    "lines.linewidth": 1.4,
}


@contextmanager
def chart(name: str, width: float = 5.0, height: float = 3.2) -> Iterator[tuple["Axes", list[str]]]:
    """Draw on the axes; the list then has the SVG.

    Parameters
    ----------
    name : str
        Of its own on the page: identifiers are made of it.
    width, height : float
        In inches.
    """
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.figure import Figure

    drawn: list[str] = []
    style: Any = STYLE | {"svg.hashsalt": name, "axes.prop_cycle": cycler(color=SERIES)}
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure.subplots(), drawn
        drawn.append(_to_svg(figure, name))


def _to_svg(figure: "Figure", name: str) -> str:
    """Return the figure as an element for a page, with identifiers of its own."""
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = file.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns:xlink="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r"font: ([\d.]+)px 'sans-serif'[^;\"]*", r"font: \1px system-ui, sans-serif", svg)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", svg)
    for placeholder, colour in COLOURS.items():
        svg = svg.replace(placeholder, colour)
    return svg


def learning_curves(history: dict[str, NDArray[np.float64]]) -> list[str]:
    """Return losses, scores and the learning rate over the epochs."""
    epochs = np.arange(1, len(history["loss"]) + 1)
    drawings = []
    for name, label, columns in (
        ("loss", "loss", {"loss": "training", "validation_loss": "validation"}),
        ("score", "score on the validation rows", {"validation_score": ""}),
        ("rate", "learning rate", {"rate": ""}),
    ):
        known = {c: said for c, said in columns.items() if np.isfinite(history[c]).any()}
        if not known or len(epochs) < 2:
            continue
        with chart(f"curve-{name}", 4.2, 2.6) as (axes, drawn):
            for column, said in known.items():
                axes.plot(epochs, history[column], label=said)
            axes.set(xlabel="epoch", ylabel=label)
            axes.locator_params(axis="x", integer=True)
            if len(known) > 1:
                axes.legend()
        drawings += drawn
    return drawings


def class_curves(
    kind: str, names: Sequence[str], curves: Sequence[tuple[Any, Any, str]], diagonal: bool
) -> str:
    """Return a curve for each class, from (0, 0) to (1, 1)."""
    labels = {"roc": ("false positive rate", "true positive rate"), "pr": ("recall", "precision")}
    with chart(f"curve-{kind}", 4.2, 3.8) as (axes, drawn):
        for name, (x, y, said) in zip(names, curves, strict=True):
            axes.plot(x, y, label=f"{BREAK}{name} {said}")
        if diagonal:
            axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6, linestyle=":")
        across, up = labels[kind]
        axes.set(xlabel=across, ylabel=up, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.legend(fontsize=7, loc="lower right" if kind == "roc" else "lower left")
    return drawn[0]


def reliability(
    predicted: NDArray[np.float64], observed: NDArray[np.float64], counts: NDArray[np.int64]
) -> str:
    """Return how often predictions of a probability are right; the area of a point is its rows."""
    with chart("reliability", 4.2, 3.8) as (axes, drawn):
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.6, linestyle=":")
        axes.plot(predicted, observed, zorder=2)
        axes.scatter(
            predicted, observed, s=8 + 150 * counts / counts.max(), color=SERIES[0], zorder=3
        )
        axes.set(
            xlabel="probability of the predicted class",
            ylabel="share that is right",
            xlim=(-0.02, 1.05),
            ylim=(-0.02, 1.05),
        )
    return drawn[0]
