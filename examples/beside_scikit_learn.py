"""
Beside scikit-learn
===================

The same data and the same settings for scikit-learn's ``MLPClassifier`` and for deltarule's. You
learn how the two compare in accuracy and time over several seeds, and how a trained network goes
from one to the other and back. Take home: only the import changes.
"""

# %%
# Two classes of one name
# -----------------------
#
# The handwritten digits that come with scikit-learn, grey levels from 0 to 1. Early stopping is
# on in both, with a tenth of the rows held out.

from time import perf_counter

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as ScikitLearn

from deltarule import MLPClassifier as Deltarule

X, y = load_digits(return_X_y=True)
X = X / 16
SETTINGS = {
    "hidden_layer_sizes": (128, 64),
    "early_stopping": True,
    "n_iter_no_change": 20,
    "learning_rate_init": 0.003,
    "max_iter": 300,
}
SEEDS = range(8)
NAMES = {ScikitLearn: "scikit-learn", Deltarule: "deltarule"}

# %%
# In turn
# -------
#
# For each seed both are trained on the same rows, one after the other. They draw other random
# numbers from the same distributions, so each seed gives two different networks. Early stopping
# decides how many epochs they make, so the time of an epoch is what can be compared. All times
# are those of the machine that built this page.

accuracy = {ScikitLearn: [], Deltarule: []}
milliseconds = {ScikitLearn: [], Deltarule: []}
print(f"{'seed':<6}{'':<14}{'accuracy':>9}{'epochs':>8}{'seconds':>9}{'ms an epoch':>13}")
for seed in SEEDS:
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed, stratify=y)
    for kind in (ScikitLearn, Deltarule):
        model = kind(random_state=seed, **SETTINGS)
        start = perf_counter()
        model.fit(X_train, y_train)
        seconds = perf_counter() - start
        accuracy[kind].append(model.score(X_test, y_test))
        milliseconds[kind].append(1000 * seconds / model.n_iter_)
        print(
            f"{seed:<6}{NAMES[kind]:<14}{accuracy[kind][-1]:>9.4f}{model.n_iter_:>8}{seconds:>9.2f}"
            f"{milliseconds[kind][-1]:>13.2f}"
        )

# %%
# Side by side
# ------------
#
# The bars are means over the seeds, the points single seeds. Mind the few test rows: each of them
# is a share of the error that is printed first.

colours = ["#E69F00", "#0072B2"]

print(f"one of {len(y_test)} test rows: {100 / len(y_test):.2f} %")
figure, axes = plt.subplots(1, 2, figsize=(7, 3.8), layout="constrained")
errors = {kind: 100 * (1 - np.array(values)) for kind, values in accuracy.items()}
for ax, values, label in (
    (axes[0], errors, "test error, %"),
    (axes[1], milliseconds, "time of an epoch, ms"),
):
    means = [np.mean(values[kind]) for kind in NAMES]
    ax.bar(list(NAMES.values()), means, color=colours, width=0.6)
    for place, kind in enumerate(NAMES):
        offsets = np.linspace(-0.15, 0.15, len(SEEDS))
        ax.plot(place + offsets, values[kind], "o", color="black", markersize=4)
    ax.set_ylabel(label)
    ax.spines[["top", "right"]].set_visible(False)
    print(
        f"{label}: " + ", ".join(f"{n} {m:.2f}" for n, m in zip(NAMES.values(), means, strict=True))
    )
plt.show()

# %%
# From one to the other
# ---------------------
#
# ``from_sklearn`` takes over a network that scikit-learn has trained. It predicts the same, but
# for rounding, and can do what deltarule's can.

theirs = ScikitLearn(random_state=0, **SETTINGS).fit(X_train, y_train)
taken = Deltarule.from_sklearn(theirs)
difference = np.abs(taken.predict_proba(X_test) - theirs.predict_proba(X_test)).max()
print(f"greatest difference of a probability: {difference:.1e}")
print("gradients of the first row:", taken.input_gradients(X_test[:1]).shape)

# %%
# And back
# --------
#
# Weights and biases have the same names and shapes in both. A network of scikit-learn's is made
# ready by one call of ``partial_fit`` - it needs to know the classes - and gets the weights of
# ours.

ours = Deltarule(random_state=0, **SETTINGS).fit(X_train, y_train)
back = ScikitLearn(**SETTINGS | {"early_stopping": False}, random_state=0)
back.partial_fit(X_train[:1], y_train[:1], classes=ours.classes_)
back.coefs_ = [weights.copy() for weights in ours.coefs_]
back.intercepts_ = [biases.copy() for biases in ours.intercepts_]
difference = np.abs(back.predict_proba(X_test) - ours.predict_proba(X_test)).max()
print(f"greatest difference of a probability: {difference:.1e}")
