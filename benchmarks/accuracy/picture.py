"""The comparison as a picture: who errs how much more than ours, and who takes how long."""

from collections.abc import Collection
from pathlib import Path

from benchmarks.accuracy.contenders import title
from benchmarks.accuracy.records import Record
from benchmarks.accuracy.standings import finished, grid, standings

INK, OURS, THEIRS = "#333333", "#c0392b", "#2c6fa6"
PANELS = {"error": "error, relative to ours", "log_loss": "log loss, relative to ours"}
SAME = {"svg.hashsalt": "deltarule", "svg.fonttype": "none"}  # the same bytes each time; text


def draw(
    records: list[Record], base: str, path: Path, timed: Collection[int] | None = None
) -> None:
    """Write an SVG file: a panel a measure, a point a contender, its 95 % interval as a line."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    n_test = {record.data: record.n_test for record in records if not record.failure}
    clocked = [record for record in records if timed is None or record.seed in timed]
    seconds = finished(grid(clocked, "fit_seconds")).groupby("data").mean().sum()
    with mpl.rc_context(SAME):
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        for axes, (measure, label) in zip(
            figure.subplots(1, len(PANELS)), PANELS.items(), strict=True
        ):
            for name, one in standings(grid(records, measure), base, n_test).items():
                colour = OURS if name == base else THEIRS
                axes.plot([seconds[name]] * 2, [one.low, one.high], color=colour, alpha=0.4)
                axes.plot(seconds[name], one.ratio, "o", color=colour)
                axes.annotate(
                    title(name), (seconds[name], one.ratio), (6, 4),
                    textcoords="offset points", fontsize=8, color=INK,
                )  # fmt: skip
            axes.axhline(1, color=INK, linewidth=0.5)
            axes.set(xscale="log", xlabel="seconds for all tables", title=label)
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.tick_params(labelsize=8)
            axes.margins(x=0.32)  # room for the rightmost name
        figure.savefig(path, metadata={"Date": None})
