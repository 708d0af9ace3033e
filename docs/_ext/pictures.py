"""The pictures of the pages that explain: who does what when, and which sums are added to which."""

from itertools import pairwise

from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle

ROWS, WEIGHTS, WAIT, WORK = "#3b75af", "#c8731e", "#d9d9d9", "#7aa874"


def _axes(height, title=None):
    _, axes = plt.subplots(figsize=(8, height), layout="constrained")
    axes.axis("off")
    if title:
        axes.set_title(title, loc="left", fontsize=11)
    return axes


def _piece(axes, x, y, width, text, colour, height=0.8):
    axes.add_patch(
        Rectangle((x, y), width, height, facecolor=colour, edgecolor="white", linewidth=1.5)
    )
    if text:
        colours = "black" if colour == WAIT else "white"
        axes.text(
            x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=9, color=colours
        )


def two_phases():
    """Draw one step on two threads."""
    axes = _axes(2.3, "One training step on two threads")
    for thread, (rows, weights) in enumerate(
        (((0, 2), ("W1 top", "W2 top")), ((1, 3), ("W1 bottom", "W2 bottom, b")))
    ):
        y = 1 - thread
        axes.text(-0.15, y + 0.4, f"thread {thread}", ha="right", va="center", fontsize=10)
        for i, block in enumerate(rows):
            _piece(axes, 2.4 * i, y, 2.4, f"rows of block {block}:\nAlgorithm 1, loss, g", ROWS)
        for i, block in enumerate(weights):
            _piece(axes, 5 + 2 * i, y, 2, f"{block}:\ngradient, update", WEIGHTS)
    for x, text in ((4.9, "barrier: is J finite?"), (9.1, "barrier")):
        axes.plot([x, x], [-0.15, 1.95], color="#444", linewidth=2)
        axes.text(x, -0.25, text, ha="center", va="top", fontsize=9)
    axes.set(xlim=(-1.1, 9.9), ylim=(-0.6, 2))


def products_cut():
    """Draw the same step where each product is given to all threads."""
    axes = _axes(2.0, "The usual way: every product on all threads, a barrier after each")
    names = ("W1 h", "f", "W2 h", "loss", "g h'", "W' g", "f'", "g X'", "Adam")
    widths = (1.1, 0.5, 0.7, 0.5, 0.8, 0.8, 0.5, 1.1, 0.9)
    x = 0.0
    for name, width in zip(names, widths, strict=True):
        for y in (0, 1):
            _piece(axes, x, y, width, name, ROWS)
            _piece(axes, x + width, y, 0.22, "", WAIT)
        x += width + 0.22
    for thread in (0, 1):
        axes.text(-0.15, 1.4 - thread, f"thread {thread}", ha="right", va="center", fontsize=10)
    axes.set(xlim=(-1.1, 9.9), ylim=(-0.2, 2))


def tree(shards=8, workers=3):
    """Draw the tree in which the gradients of slices are added, and who does which part."""
    axes = _axes(
        3.2, f"{shards} slices of a batch, {workers} workers: the same sums in the same order"
    )
    colours = (ROWS, WEIGHTS, WORK, "#8a6bb1")
    begins = [who * shards // workers for who in range(workers)]
    owner = [sum(i >= begin for begin in begins) - 1 for i in range(shards)]
    level = [(float(i), owner[i]) for i in range(shards)]
    for i, (x, who) in enumerate(level):
        _piece(axes, x - 0.4, 0, 0.8, f"slice {i}", colours[who], 0.5)
    y = 0.5
    while len(level) > 1:
        above = []
        for (left, a), (right, b) in zip(level[::2], level[1::2], strict=True):
            middle = (left + right) / 2
            colour = colours[a] if a == b else "#444"
            axes.plot([left, middle, right], [y, y + 0.55, y], color=colour, linewidth=2)
            axes.text(middle, y + 0.62, "+", ha="center", fontsize=12, color=colour)
            above.append((middle, a))
        level, y = above, y + 0.9
    handles = [Rectangle((0, 0), 1, 1, facecolor=colours[who]) for who in range(workers)]
    labels = [f"worker {who}" for who in range(workers)]
    axes.legend(handles, labels, loc="upper right", frameon=False, fontsize=9)
    axes.set(xlim=(-0.6, shards + 0.6), ylim=(-0.1, y + 0.4))


def house(floors):
    """Draw the layers of the code, the uppermost first: imports go down."""
    axes = _axes(0.48 * len(floors) + 0.2)
    for i, (names, what) in enumerate(floors):
        y = len(floors) - i
        _piece(axes, 0, y, 3.6, names, ROWS if "network" in names else "#5b6770", 0.86)
        axes.text(3.75, y + 0.43, what, va="center", fontsize=9.5)
    for a, b in pairwise(range(len(floors), 0, -1)):
        axes.annotate(
            "", (-0.2, b + 0.4), (-0.2, a + 0.4), arrowprops={"arrowstyle": "->", "color": "#888"}
        )
    axes.set(xlim=(-0.4, 10), ylim=(0.8, len(floors) + 1))
