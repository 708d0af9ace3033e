"""
Do probabilities mean what they say?
====================================

Of the rows that get a probability of 0.8, eight in ten should be of that class. You learn to draw
a reliability diagram, and what ``calibrate`` does about probabilities that are too sure. Take
home: calibration leaves decisions all but alone, and lowers the log loss here.
"""

# %%
# Labels with noise
# -----------------
#
# Each label is drawn: the probability of a positive follows from the row, and is often not far
# from one half. A network that is sure of every row has learnt noise. As the probabilities are
# known, so is what the log loss of a model that knows them would be: less cannot be had, but by
# chance.

import numpy as np
from matplotlib import pyplot as plt
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from deltarule import TabularClassifier


def drawn(rng, count):
    """Return rows X (count, 8), the probability of a positive for each, and labels."""
    X = rng.normal(size=(count, 8))
    score = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + X[:, 3]
    p = 1 / (1 + np.exp(-score))
    return X, p, (rng.random(count) < p).astype(int)


X_train, _, y_train = drawn(np.random.default_rng(0), 1_500)
X_test, p_test, y_test = drawn(np.random.default_rng(1), 10_000)
print(f"log loss of the true probabilities: {log_loss(y_test, p_test):.4f} nats")

# %%
# With calibration and without
# ----------------------------
#
# The scores are divided by a temperature: the one that makes the log loss least on the rows that
# were held out. Above 1 it makes probabilities less sure. Which class a network takes for the
# likelier one does not change, so its accuracy stays; that of several networks hardly moves, as
# their probabilities are averaged. Averaging is another way to be less sure.
#
# The calibration error is the mean distance between what was said and what came true: rows with
# similar probabilities are put together, ten groups of the same size, and each group's mean
# probability is compared with the share of positives in it.


def calibration_error(truth, p):
    """Return the mean distance of mean probability and share, in ten groups of equal size."""
    groups = np.array_split(np.argsort(p), 10)
    return np.mean([abs(p[group].mean() - truth[group].mean()) for group in groups])


proba = {}
print(
    f"{'networks':<10}{'calibrate':<11}{'temperature':>11}{'accuracy':>10}{'log loss':>10}"
    f"{'calibration error':>19}"
)
for n_models in (1, 4):
    for calibrate in (False, True):
        model = TabularClassifier(
            preset="quick", n_models=n_models, calibrate=calibrate, random_state=0
        )
        model.fit(X_train, y_train)
        p = proba[n_models, calibrate] = model.predict_proba(X_test)[:, 1].astype(float)
        print(
            f"{n_models:<10}{calibrate!s:<11}{model.temperature_:>11.3f}"
            f"{model.score(X_test, y_test):>10.4f}{log_loss(y_test, p):>10.4f}"
            f"{calibration_error(y_test, p):>19.4f}"
        )

# %%
# The reliability diagram
# -----------------------
#
# Of one network. On the dashed line probabilities mean what they say. Where a curve is flatter
# than that line, the model is too sure: what it calls likely comes true less often than it says,
# and what it calls unlikely more often. The histogram shows how often which probability was
# given.

figure, axes = plt.subplots(
    2, 1, figsize=(7, 7), sharex=True, height_ratios=[3, 1], layout="constrained"
)
axes[0].plot([0, 1], [0, 1], color="0.6", linestyle="--", label="what was said came true")
for calibrate, colour, marker in ((False, "#D55E00", "s"), (True, "#0072B2", "o")):
    p = proba[1, calibrate]
    share, said = calibration_curve(y_test, p, n_bins=10)
    label = f"calibrate={calibrate}: log loss {log_loss(y_test, p):.3f} nats"
    axes[0].plot(said, share, marker=marker, color=colour, label=label)
    axes[1].hist(p, bins=40, range=(0, 1), histtype="step", linewidth=2, color=colour)
axes[0].set(ylabel="share of positives", ylim=(0, 1))
axes[0].legend()
axes[1].set(xlabel="probability of the positive class", ylabel="rows", xlim=(0, 1))
plt.show()
