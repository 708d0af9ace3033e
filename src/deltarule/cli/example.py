"""``deltarule example``: a real data set as CSV, without a network."""

import csv
import sys

import click

NAMES = ("breast_cancer", "digits", "iris", "wine")


@click.command()
@click.argument("name", type=click.Choice(NAMES))
def example(name: str) -> None:
    """Write one of scikit-learn's bundled data sets as CSV; the column to predict is "target"."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*bunch.feature_names, "target"])
    for row, label in zip(bunch.data.tolist(), bunch.target, strict=True):
        writer.writerow([*row, bunch.target_names[label]])
