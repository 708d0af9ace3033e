"""
A table as it is: UCI Adult
===========================

Census records with text, numbers and missing cells, and the question whether a person earned more
than 50,000 dollars a year. You learn to train on a file with nothing set, to see which columns
the predictions hang on, and to write a report. Take home: a path and the name of a column are
enough.
"""

# %%
# From a file to a model
# ----------------------
#
# The files are those of `UCI's Adult <https://archive.ics.uci.edu/dataset/2/adult>`_ (OpenML's
# data set 1590 has both together), as ``train.csv.gz`` and ``test.csv.gz``: with a line of column
# names, an empty cell for each question mark, and without the full stops behind the labels of the
# test file. The environment variable ``DELTARULE_DATA`` names a folder with a folder ``adult`` in
# it. The preset ``quick`` trains one network; without it there would be eight.

import os
import re
import tempfile
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from deltarule import TabularClassifier, insight
from deltarule.data import open_source
from deltarule.tabular import evaluate

folder = Path(os.environ["DELTARULE_DATA"]) / "adult"
model = TabularClassifier(preset="quick", random_state=0).fit(folder / "train.csv.gz", "income")

# %%
# What became of the columns? Nobody said which of them are text.

for name, kind in model.column_kinds_.items():
    print(f"{name:<16}{kind}")
print("left out:", model.left_out_ or "none")
print("a row becomes", model.layer_sizes_[0], "numbers")

# %%
# How good is it?
# ---------------
#
# ``evaluate`` takes a path as well, and goes through the file a batch at a time.

result = evaluate(model, folder / "test.csv.gz", "income")
print(f"rows      {result.support.sum():,}")
print(f"accuracy  {result.accuracy:.4f}")
print(f"log loss  {result.log_loss:.4f} nats")
print(f"ROC AUC   {result.roc_auc:.4f}")
for name, precision, recall in zip(result.classes, result.precision, result.recall, strict=True):
    print(f"{name:<6} precision {precision:.3f}, recall {recall:.3f}")

# %%
# What do its predictions hang on?
# --------------------------------
#
# A column's cells are shuffled among the rows: what it says is lost, and the log loss rises by as
# much as the model needed it. Of columns that say nearly the same each may look unimportant, as
# the model then reads the other. The lines are 95 % intervals: how much the mean would vary with
# other rows.

test = open_source(folder / "test.csv.gz").read()
rows, labels = test.drop_columns("income"), test["income"].to_numpy()
found = insight.permutation_importances(model, rows, labels, metric="log_loss", random_state=0)

figure, axes = plt.subplots(figsize=(7, 4.6), layout="constrained")
reach = np.array([found.mean - found.low, found.high - found.mean])
axes.barh(found.columns, found.mean, xerr=reach, color="#0072B2", error_kw={"capsize": 3})
axes.invert_yaxis()
axes.set(xlabel="increase of the log loss when the column is shuffled, nats")
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# One person
# ----------
#
# Whatever a table can be read from will do, also a dict of columns. Here is the person of whom
# the model is least sure, and then the same one with the occupation unknown: a cell that is
# missing is ``None``, and the model says what it can.

least_sure = int(np.abs(model.predict_proba(rows)[:, 1] - 0.5).argmin())
person = {name: [rows[name][least_sure].as_py()] for name in rows.column_names}
for name in ("age", "education", "marital-status", "occupation", "capital-gain", "hours-per-week"):
    print(f"{name:<16}{person[name][0]}")

for occupation in (person["occupation"][0], None):
    p = model.predict_proba(person | {"occupation": [occupation]})[0, 1]
    print(f"occupation {occupation!r}: p({model.classes_[1]}) = {p:.3f}")

# %%
# A report on one page
# --------------------
#
# ``report`` returns one HTML file: what is in the data, the network, learning curves, confusions,
# curves, importances, the worst errors, what looks wrong, and the settings to do it again. It
# needs no network and no script to be looked at. These are its sections:

page = insight.report(model, rows, labels, source="Adult, test rows")
with tempfile.TemporaryDirectory() as temporary:
    report = Path(temporary) / "adult.html"
    report.write_text(page, encoding="utf-8")
    print(f"{report.name}: {report.stat().st_size / 1000:.0f} kB")
for heading in re.findall("<h2[^>]*>(.*?)</h2>", page):
    print("-", heading)
