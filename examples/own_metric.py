"""
A metric of one's own
=====================

What a model is to be good at is seldom accuracy. You learn to make a scorer of what mistakes
cost, to have early stopping choose the epoch by it, and to end training on yet another figure
with a callback. Take home: ``scoring`` takes whatever scikit-learn takes for a scorer.
"""

# %%
# What a mistake costs
# --------------------
#
# Rows of two classes; a fifth of the labels were drawn at random. To miss a positive costs 10
# units, a false alarm costs 1. So from a probability of 1 / 11 on it is cheaper to raise an
# alarm. The metric is the mean cost a row of deciding so; it looks at probabilities, not at
# labels.

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import make_classification
from sklearn.metrics import make_scorer
from sklearn.model_selection import train_test_split

from deltarule import MLPClassifier
from deltarule.callbacks import EarlyStopping

COST_OF_MISS, COST_OF_ALARM = 10, 1


def mean_cost(truth, p):
    """Return the mean cost a row, if an alarm is raised wherever it is the cheaper choice."""
    alarm = p >= COST_OF_ALARM / (COST_OF_ALARM + COST_OF_MISS)
    cost = np.where(truth == 1, COST_OF_MISS * ~alarm, COST_OF_ALARM * alarm)
    return cost.mean()


scorer = make_scorer(mean_cost, response_method="predict_proba", greater_is_better=False)

X, y = make_classification(
    n_samples=16_000,
    n_features=20,
    n_informative=10,
    n_clusters_per_class=4,
    weights=[0.8],
    flip_y=0.2,
    random_state=0,
)
X_train, X_rest, y_train, y_rest = train_test_split(X, y, test_size=0.6, random_state=0)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.6, random_state=0)

# %%
# Early stopping on it
# --------------------
#
# The weights that are kept are those of the epoch with the best score on the validation rows. A
# scorer's larger values are the better ones, so a cost comes with a minus sign. For comparison
# the same network is trained once more with the default, the accuracy.

settings = {
    "hidden_layer_sizes": (100, 50),
    "early_stopping": True,
    "n_iter_no_change": 30,
    "max_iter": 200,
    "random_state": 0,
}
by_cost = MLPClassifier(scoring=scorer, **settings).fit(X_train, y_train, X_val=X_val, y_val=y_val)
by_accuracy = MLPClassifier(**settings).fit(X_train, y_train, X_val=X_val, y_val=y_val)

print(f"{'epoch chosen by':<18}{'best':>6}{'epochs':>8}{'test cost':>11}{'test accuracy':>15}")
for name, model in (("cost", by_cost), ("accuracy", by_accuracy)):
    best = np.argmax(model.validation_scores_) + 1
    cost, accuracy = -scorer(model, X_test, y_test), model.score(X_test, y_test)
    print(f"{name:<18}{best:>6}{model.n_iter_:>8}{cost:>11.3f}{accuracy:>15.3f}")
share = y_test.mean()
print(f"never an alarm: test cost {COST_OF_MISS * share:.3f}, accuracy {1 - share:.3f}")
print(f"always an alarm: test cost {COST_OF_ALARM * (1 - share):.3f}, accuracy {share:.3f}")

# %%
# Two metrics, one run
# --------------------
#
# A scorer changes nothing in training but which epoch is kept and when training ends: up to the
# shorter one's end the two runs are the same, as their losses show. The figure has the score of
# each epoch. The network goes on getting more labels right, and the decisions that hang on small
# probabilities become dearer meanwhile: chosen by accuracy, it costs more than an alarm for every
# row.

shared = min(by_cost.n_iter_, by_accuracy.n_iter_)
losses = [model.history_["loss"][:shared] for model in (by_cost, by_accuracy)]
print(f"the same losses in the first {shared} epochs: {np.array_equal(*losses)}")

figure, axes = plt.subplots(2, 1, figsize=(7, 5.6), sharex=True, layout="constrained")
panels = (
    (by_cost, -by_cost.history_["validation_score"], "validation cost a row, units", "#0072B2"),
    (by_accuracy, by_accuracy.history_["validation_score"], "validation accuracy", "#D55E00"),
)
for ax, (model, values, label, colour) in zip(axes, panels, strict=True):
    epochs = np.arange(1, model.n_iter_ + 1)
    best = np.argmax(model.history_["validation_score"])
    ax.plot(epochs, values, color=colour, marker=".")
    ax.plot(epochs[best], values[best], "o", color=colour, markersize=10, markeredgecolor="black")
    ax.set_title(f"kept: epoch {epochs[best]}", loc="right", fontsize=11)
    ax.set_ylabel(label)
axes[1].set_xlabel("epoch")
plt.show()

# %%
# One figure to choose, another one to stop
# -----------------------------------------
#
# The callback ``EarlyStopping`` ends training by any figure of an epoch, or by a scorer on rows
# of your own, and leaves alone which weights are kept. Here the epoch is chosen by cost, and
# training ends with the first epoch that makes more than five in a row without a lower validation
# loss.

stop = EarlyStopping("validation_loss", patience=5)
settings = settings | {"early_stopping": False}  # the callback alone says when
model = MLPClassifier(scoring=scorer, **settings).set_callbacks(stop)
model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
print(f"least validation loss {stop.best_:.4f} nats in epoch {stop.best_epoch_}")
print(f"ended after {model.n_iter_} epochs")
print(f"kept: epoch {np.argmax(model.validation_scores_) + 1}, with the least cost until then")
print(f"test cost {-scorer(model, X_test, y_test):.3f}")
