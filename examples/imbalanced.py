"""
Two positives in a hundred
==========================

Fraud, faults and rare diseases have few positives, and a model that never says "positive" is
right nearly always. You learn three answers, a weight for each class, a threshold that is best by
a scorer and a threshold that follows from costs, and how they differ. Take home: a threshold
moves along the precision-recall curve, and a class weight trains another model with a curve of
its own.
"""

# %%
# Rows, and what mistakes cost
# ----------------------------
#
# Twelve columns of numbers; about two rows in a hundred are positive. A positive that is missed
# costs 50 units, a false alarm costs 1.

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import make_classification
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    precision_recall_curve,
    precision_score,
    recall_score,
)
from sklearn.model_selection import train_test_split

from deltarule import TabularClassifier

COST_OF_MISS, COST_OF_ALARM = 50, 1

X, y = make_classification(
    n_samples=16_000,
    n_features=12,
    n_informative=8,
    n_clusters_per_class=3,
    weights=[0.98],
    class_sep=1.2,
    flip_y=0.005,
    random_state=0,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
print(f"{y_train.sum()} of {len(y_train):,} rows to train on are positive")
print(f"{y_test.sum()} of {len(y_test):,} rows to test on are positive")

# %%
# Four models
# -----------
#
# * ``plain``: the likelier class is predicted.
# * ``class_weight="balanced"``: in training, both classes count the same.
# * ``threshold="balanced_accuracy"``: the probability from which "positive" is predicted is the one
#   that is best by this scorer on the rows held out. Any of scikit-learn's scorers can be named.
# * a threshold from costs: where the probability is p, an alarm costs 1 - p on average, and silence
#   50 p. So an alarm is cheaper from p = 1 / 51 on, provided that probabilities mean what they say.
#
# The epoch is chosen by log loss, as it is probabilities that matter here.

models = {
    "plain": {},
    "class weight": {"class_weight": "balanced"},
    "threshold, by scorer": {"threshold": "balanced_accuracy"},
    "threshold, by cost": {"threshold": COST_OF_ALARM / (COST_OF_ALARM + COST_OF_MISS)},
}
proba, predicted = {}, {}
for name, settings in models.items():
    model = TabularClassifier(
        preset="quick", metric="log_loss", max_iter=32, random_state=0, **settings
    )
    model.fit(X_train, y_train)
    proba[name] = model.predict_proba(X_test)[:, 1]
    predicted[name] = model.predict(X_test)
    print(f"{name}: positive from p = {model.threshold_ or 0.5:.3f} on")

# %%
# What each of them is worth
# --------------------------
#
# *Recall* is the share of the positives that are found, *precision* the share of the alarms that
# are right, *balanced accuracy* the mean of the recalls of both classes. The last line of the
# table never says "positive".


def cost(truth, said):
    """Return what the mistakes cost altogether."""
    return COST_OF_MISS * (truth > said).sum() + COST_OF_ALARM * (truth < said).sum()


print(f"{'':<22}{'recall':>8}{'precision':>11}{'accuracy':>10}{'balanced':>10}{'cost':>7}")
for name, said in (predicted | {"never": np.zeros_like(y_test)}).items():
    rates = (
        recall_score(y_test, said),
        precision_score(y_test, said, zero_division=0),
        accuracy_score(y_test, said),
        balanced_accuracy_score(y_test, said),
    )
    widths = zip(rates, (8, 11, 10, 10), strict=True)
    shown = "".join(f"{rate:>{width}.3f}" for rate, width in widths)
    print(f"{name:<22}{shown}{cost(y_test, said):>7}")

# %%
# Curves
# ------
#
# The models with a threshold have the probabilities of the plain one: theirs are other points of
# the same curve. The model with class weights has a curve of its own. What counts is where on a
# curve a decision lies, and accuracy says nothing about that: of the four, the most accurate is
# the one whose mistakes cost most.

same = [name for name in models if np.array_equal(proba[name], proba["plain"])]
print("with the same probabilities:", ", ".join(same))

figure, axes = plt.subplots(figsize=(7, 4.8), layout="constrained")
for name, colour in (("plain", "#0072B2"), ("class weight", "#D55E00")):
    precision, recall, _ = precision_recall_curve(y_test, proba[name])
    mean = average_precision_score(y_test, proba[name])
    label = f"{name}: average precision {mean:.3f}"
    axes.plot(recall, precision, color=colour, label=label)
for (name, said), marker in zip(predicted.items(), "osD^", strict=True):
    at = recall_score(y_test, said), precision_score(y_test, said)
    colour = "#D55E00" if name == "class weight" else "#0072B2"
    label = f"{name}: cost {cost(y_test, said)}"
    axes.plot(*at, marker, color=colour, markersize=10, markeredgecolor="black", label=label)
axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.04))
axes.legend(loc="lower left")
plt.show()
