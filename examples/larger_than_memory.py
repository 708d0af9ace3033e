"""
A table larger than memory
==========================

Rows in Parquet files, and a limit on memory that they do not fit into. You learn to train on
files that never are in memory as a whole, and what becomes of the accuracy. Take home:
``memory_limit`` says what a fit may take; the rest goes through a file, a window at a time.
"""

# %%
# Rows in files
# -------------
#
# Six files of 40,000 rows each: sixteen columns of numbers, two of text, and a label. Files of
# real life would be larger; the limit below is smaller instead.

import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib import pyplot as plt

from deltarule import TabularClassifier
from deltarule.tabular import evaluate

WORDS = np.array(["north", "east", "south", "west"])
TRUTH = np.random.default_rng(0).normal(size=(16, 12))


def rows(rng, count):
    """Return a table whose label depends on all of its columns, not linearly."""
    X = rng.normal(size=(count, 16)).astype("f4")
    place, colour = rng.integers(0, 4, count), rng.integers(0, 3, count)
    told = np.tanh(X @ TRUTH / 2).reshape(count, 4, 3)
    score = told[np.arange(count), place].sum(axis=1) + 0.5 * (colour - 1)
    label = score + rng.logistic(scale=0.25, size=count) > 0
    columns = {f"x{k}": X[:, k] for k in range(16)}
    columns |= {"place": WORDS[place], "colour": np.array(["red", "green", "blue"])[colour]}
    return pa.table(columns | {"label": np.where(label, "yes", "no")})


temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
for part in range(6):
    pq.write_table(rows(np.random.default_rng(part), 40_000), folder / f"part-{part}.parquet")
test = rows(np.random.default_rng(6), 20_000)

size = sum(path.stat().st_size for path in folder.iterdir())
print(f"{size / 1e6:.1f} MB in {len(list(folder.iterdir()))} files")

# %%
# The same fits, in windows and in memory
# ---------------------------------------
#
# With 12 MB for everything, and with whatever is free; two seeds each. A small network and few
# epochs keep this page short. Rows that do not fit are encoded into a file without a name, in the
# folder for temporary files, which is gone when the fit is over. The seconds are those of the
# machine that built this page.


def trained(seed, **settings):
    """Return a model that is trained on the files."""
    model = TabularClassifier(
        preset="quick", hidden_layer_sizes=(64, 64), max_iter=6, random_state=seed, **settings
    )
    return model.fit(folder / "*.parquet", "label")


models = {}
print(f"{'limit':<8}{'seed':>5}{'window':>10}{'seconds':>9}{'accuracy':>10}{'log loss':>10}")
for limit in ("12 MB", None):
    for seed in (0, 1):
        start = perf_counter()
        model = models[limit, seed] = trained(seed, memory_limit=limit)
        seconds = perf_counter() - start
        result = evaluate(model, test, "label")
        print(
            f"{limit or 'none':<8}{seed:>5}{model.window_:>10,}{seconds:>9.1f}"
            f"{result.accuracy:>10.4f}{result.log_loss:>10.4f}"
        )

numbers = model.layer_sizes_[0]
print(f"encoded, a row is {numbers} numbers, and all are {240_000 * numbers * 4 / 1e6:.1f} MB")

# %%
# Is anything lost?
# -----------------
#
# Each epoch deals the rows out to windows anew, so that a window has rows from everywhere. It
# shuffles those of a window and trains on them, and then comes the next window. So only the order
# of the rows is another one than in memory. Compare the difference that this makes with the one
# between two seeds.

figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
styles = {"12 MB": ("#D55E00", "o"), None: ("#0072B2", "s")}
for (limit, seed), model in models.items():
    colour, marker = styles[limit]
    losses = model.history_["validation_loss"]
    axes.plot(
        np.arange(1, len(losses) + 1),
        losses,
        color=colour,
        marker=marker,
        linestyle="--" if seed else "-",
        label=f"{model.window_:,} rows at a time, seed {seed}",
    )
axes.set(xlabel="epoch", ylabel="validation loss, nats", xticks=range(1, 7))
axes.legend()
plt.show()

# %%
# The window alone decides
# ------------------------
#
# What the limit was is forgotten; the bits follow from the window and the seed. Given as a
# setting, the same window leads to the same model in memory, on a machine with more of it.

first = models["12 MB", 0]
again = trained(0, window=first.window_)
unlabelled = test.drop_columns("label")
same = np.array_equal(again.predict_proba(unlabelled), first.predict_proba(unlabelled))
print("the same probabilities:", same)

temporary.cleanup()
