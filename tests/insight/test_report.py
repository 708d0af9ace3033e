"""A page that needs nothing else, and says what is so."""

import base64
import io
import re
import warnings
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.image import imread
from sklearn.datasets import load_breast_cancer, load_digits

from deltarule import MLPClassifier, TabularClassifier
from deltarule.data import as_table
from deltarule.errors import DataError, MissingExtraError
from deltarule.insight import diagnose, report
from deltarule.insight.reporting import Material, report_on
from deltarule.insight.reporting.sections import classes_of, columns_of
from deltarule.tabular import evaluate

RNG = np.random.default_rng(0)
N = 300
Y = RNG.integers(0, 2, N)
TABLE = {
    "size": Y + RNG.normal(size=N),
    "colour": np.array(["red", "blue", "green"])[RNG.integers(0, 3, N)],
    "day": np.datetime64("2024-01-01") + np.arange(N),
    "unit": np.array(["kg"] * N),
}
FIRST = {name: column[:200] for name, column in TABLE.items()}
REST = {name: column[200:] for name, column in TABLE.items()}


class Page(HTMLParser):
    """A page's tags, links, visible text and tables."""

    VOID = ("meta", "br", "path", "use", "link", "img")

    def __init__(self, source):
        super().__init__()
        self.tags, self.links, self.ids, self.open, self.words = [], [], [], [], []
        self.feed(source)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [v for name, v in attrs if name in ("src", "href") and not v.startswith("#")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


@pytest.fixture(scope="module")
def model():
    with pytest.warns(UserWarning, match="'unit' is left out"):
        return TabularClassifier(max_iter=8, n_models=3, random_state=0).fit(FIRST, Y[:200])


@pytest.fixture(scope="module")
def page(model):
    return Page(report(model, REST, Y[200:], source="the last 100 days"))


def test_it_asks_the_network_for_nothing_and_runs_nothing(model):
    source = report(model, REST, Y[200:])
    page = Page(source)
    assert page.open == [], "every element is closed"
    assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
    assert page.links == []
    assert not re.search(r"url\((?!#)|@import|\bon\w+=", source)
    assert "default-src 'none'" in source
    outside = set(re.findall(r"https?://[^\"'\s<]+", source))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}


def test_no_identifier_is_there_twice(page):
    assert len(page.ids) == len(set(page.ids))


def test_its_figures_are_those_of_the_evaluation(model, page):
    told = evaluate(model, REST, Y[200:])
    assert f"{told.accuracy:.1%} accuracy" in page.text
    assert f"{told.log_loss:.4f} log loss" in page.text
    assert f"{told.roc_auc:.4f} ROC AUC" in page.text
    for i in range(2):
        cells = f"{told.precision[i]:.3f} {told.recall[i]:.3f} {told.f1[i]:.3f}"
        assert cells in page.text
    assert "100 rows of the last 100 days" in page.text


def test_every_section_is_there(page):
    for words in (
        *("What looks wrong", "Classes", "Confusions", "What predictions hang on"),
        *("The worst errors", "Training", "The network", "The data", "To do it again"),
        "unit: has the same value in every row",
        "TabularClassifier(max_iter=8, n_models=3, random_state=0)",
        *("true positive rate", "precision", "share that is right", "learning rate"),
        "false positive rate",
    ):
        assert words in page.text
    assert page.tags.count("svg") == 6


def test_the_worst_errors_are_the_least_probable_labels(model, page):
    p = model.predict_proba(REST)[np.arange(100), Y[200:]]
    wrong = np.flatnonzero(model.predict(REST) != Y[200:])
    worst = wrong[np.argsort(p[wrong])][0]
    assert f"{worst + 1} {Y[200:][worst]} {1 - Y[200:][worst]} {p[worst]:.4f}" in page.text


def test_symptoms_are_told(model):
    leak = REST | {"size": 10.0 * Y[200:]}
    strong = TabularClassifier(
        preset="quick", max_iter=5, random_state=0, columns={"unit": "ignored"}
    )
    strong.fit(leak, Y[200:])
    text = Page(report(strong, leak, Y[200:])).text
    assert "Leakage: column 'size'" in text
    assert all(s.told.split(";")[0][:30] in text for s in diagnose(strong, leak, Y[200:]))


def test_markup_in_names_is_shown_and_not_obeyed():
    evil = {"<script>alert(1)</script>": REST["size"], "<b>&amp;": REST["colour"]}
    labels = np.array(["<i>no</i>", "</table><script>"])[Y[200:]]
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(evil, labels)
    page = Page(report(model, evil, labels, source="<img src=x onerror=alert(1)>"))
    assert not {"script", "b", "i", "img"} & (set(page.tags) - {"b"})
    assert "<script>alert(1)</script>" in page.text
    assert "</table><script>" in page.text
    assert "<img src=x onerror=alert(1)>" in page.text


def test_rows_that_were_held_out_keep_their_numbers(model):
    held_out = as_table(FIRST).take(pa.array(model.validation_rows_))
    material = Material.of_held_out(model, held_out, "training, held out")
    assert np.array_equal(material.numbers, model.validation_rows_)
    assert np.array_equal(material.p, model.validation_proba_)
    assert np.array_equal(material.labels, Y[:200][model.validation_rows_])
    text = Page(report_on(material)).text
    assert f"{len(material.numbers)} rows of training, held out" in text
    assert "most of which have seen these rows" in text


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_networks_of_arrays_have_one_too():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = MLPClassifier((8,), early_stopping=True, max_iter=20, random_state=0)
    model.fit(X[:400] / X.max(), y[:400])
    text = Page(report(model, X[400:] / X.max(), y[400:])).text
    assert f"{model.score(X[400:] / X.max(), y[400:]):.1%} accuracy" in text
    assert "mean radius" in text
    assert "MLPClassifier(early_stopping=True, hidden_layer_sizes=(8,), " in text


def test_rows_that_are_images_are_shown():
    """Eight by eight pixels, some of them the same in all rows."""
    X, y = load_digits(return_X_y=True)
    with pytest.warns(UserWarning, match="is left out"):
        model = TabularClassifier(preset="quick", max_iter=3, random_state=0).fit(X[:900], y[:900])
    page = Page(report(model, X[900:], y[900:]))
    wrong = int((model.predict(X[900:]) != y[900:]).sum())
    assert page.tags.count("img") == len(page.links) == min(wrong, 15) > 5
    first = base64.b64decode(page.links[0].removeprefix("data:image/png;base64,"))
    p = model.predict_proba(X[900:])[np.arange(897), y[900:]]
    worst = np.argsort(np.where(model.predict(X[900:]) != y[900:], p, 2), kind="stable")[0]
    shown = imread(io.BytesIO(first))[:, :, 0]
    image = X[900 + worst].reshape(8, 8)
    np.testing.assert_allclose(shown, (image - image.min()) / np.ptp(image), atol=0.01)


def test_many_columns_and_classes_stay_a_page():
    X, y = load_digits(return_X_y=True)
    wide = np.concatenate([X, X + 0.5], axis=1)
    wide[:, 64:] += np.random.default_rng(0).normal(size=(len(X), 64))
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0)
    with pytest.warns(UserWarning, match="is left out"):
        model.fit(wide, y)
    source = report(model, wide, y)
    assert "There are too many columns to shuffle each of them." in source
    assert re.search(r"And \d+ more\.", source)
    assert len(source) < 400_000


def test_rows_are_needed(model):
    nothing = {name: column[:0] for name, column in REST.items()}
    with pytest.raises(DataError):
        report(model, nothing, Y[:0])


@pytest.mark.parametrize("package", ["jinja2", "latex2mathml.converter", "matplotlib"])
def test_what_is_not_installed_is_named(model, package, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'deltarule\[report\]'"):
        report(model, REST, Y[200:])


@pytest.mark.filterwarnings("error::UserWarning")
def test_columns_may_be_called_otherwise_than_in_training():
    pd = pytest.importorskip("pandas")
    x = RNG.normal(size=(N, 3)) + Y[:, np.newaxis]
    frame = pd.DataFrame(x)  # called 0, 1, 2
    for model in (
        TabularClassifier(preset="quick", max_iter=2, random_state=0),
        MLPClassifier((4,), max_iter=5, early_stopping=True, random_state=0),
    ):
        for learnt, told in ((x, frame), (frame, x), (x, x), (frame, frame)):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", ".*feature names|.*reached")
                page = Page(report(model.fit(learnt, Y), told, Y))
            assert "3 columns" in page.text


@pytest.mark.filterwarnings("ignore:Column .unit. is left out")
def test_columns_of_others_are_not_reported_on():
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(FIRST, Y[:200])
    with pytest.warns(UserWarning, match="training had no such column") as told:
        material = Material.of(model, REST | {"new": np.arange(100)}, Y[200:], "rows")
    assert sum("no such column" in str(one.message) for one in told) == 1
    assert material.table.column_names == list(TABLE)


def test_nan_is_a_missing_cell():
    holes = np.where(np.arange(N) % 4 == 0, np.nan, TABLE["size"])
    table = {"size": holes, "colour": TABLE["colour"]}
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(table, Y)
    size, colour = columns_of(Material.of(model, table, Y, "rows"))
    assert (size.missing, colour.missing) == ("25.0%", "-")


@pytest.mark.filterwarnings("ignore:Column .unit. is left out")
def test_what_no_row_tells_of_is_not_zero():
    """A class without rows has no recall, and one that is never predicted no precision."""
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(FIRST, Y[:200])
    rows = np.flatnonzero(Y == 0)
    zeros = {name: column[rows] for name, column in TABLE.items()}
    one, other = classes_of(Material.of(model, zeros, Y[rows], "rows"))
    assert one["recall"] is not None
    assert other["recall"] is None
    page = report(model, zeros, Y[rows])
    assert "<td>-</td>" in page


@pytest.mark.filterwarnings("ignore:Column .unit. is left out")
def test_a_class_whose_name_begins_with_a_line_is_in_the_legend():
    labels = np.array(["_none", "a", "b"])[np.arange(N) % 3]
    model = TabularClassifier(preset="quick", max_iter=2, random_state=0).fit(TABLE, labels)
    assert re.search("_none .area 0", report(model, TABLE, labels))
