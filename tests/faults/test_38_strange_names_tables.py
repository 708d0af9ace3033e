"""Fault 38: names of any characters and of any length go in and come out as they are."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deltarule import TabularClassifier, load_model
from deltarule.errors import DataError

N = 40
LABEL = np.arange(N) % 2
X = np.random.default_rng(0).normal(LABEL)
STRANGE = {
    "unicode": "größe 名前 שם",
    "emoji": "💩👩‍👩‍👧",
    "combining": "e\u0301 and \u00e9",
    "right to left": "\u202eabc\u202c",
    "quotes": '\'a\' "b" `c` ""',
    "newlines": "a\nb\r\nc\rd\u2028e",
    "tabs and blanks": " a\tb \v",
    "delimiters": "a,b;c|d",
    "backslashes": r"\n \\ \x00 C:\new",
    "formatting": "%s {0} {name} $1 \\1",
    "markup": "[red]x[/red] <b>&amp;",
    "control characters": "\x01\x1b[31m\x7f",
    "NUL": "a\0b",
    "10 kB": "n" * 10_000,
    "10 kB of emoji": "💩" * 2500,
}
TARGETS = {name: text[::-1] + "!" for name, text in STRANGE.items()}


def kinds_of(name):
    return np.array([f"{name}{k}" for k in "ab"])[(LABEL + (np.arange(N) % 7 == 0)) % 2]


@pytest.mark.parametrize("kind", STRANGE)
def test_through_fit_file_and_predictions(tmp_path, kind):
    """As a column, a category and a class."""
    name = STRANGE[kind]
    classes = np.array([f"{name}no", f"{name}yes"])
    table = {name: X, f"{name} kind": kinds_of(name)}
    fitted = TabularClassifier(max_iter=4, random_state=0, columns={name: "numeric"})
    fitted.fit(table, classes[LABEL])
    fitted.save(tmp_path / "model", target=name)
    loaded = load_model(tmp_path / "model")
    plain = TabularClassifier(max_iter=4, random_state=0)
    plain.fit({"x": X, "kind": kinds_of("k")}, np.array(["no", "yes"])[LABEL])
    expected = plain.predict_proba({"x": X, "kind": kinds_of("k")})
    for model in (fitted, loaded):
        assert model.feature_names_in_.tolist() == list(table)
        assert model.column_kinds_ == dict.fromkeys(table, "numeric") | {
            f"{name} kind": "categorical"
        }
        assert model.classes_.tolist() == classes.tolist()
        assert (model.predict_proba(table) == expected).all()
        assert set(model.predict(table)) <= set(classes.tolist())
        arrow = pa.table({column: cells.tolist() for column, cells in table.items()})
        assert (model.predict_proba(arrow) == expected).all()
    assert loaded.target_ == name
    assert loaded.get_params()["columns"] == {name: "numeric"}


def written(path, header, rows):
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows([header, *rows])
    else:
        pq.write_table(pa.table(list(map(list, zip(*rows, strict=True))), header), path)
    return path.name


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("kind", STRANGE)
def test_through_the_command_line(tmp_path, call, kind, suffix):
    name, target = STRANGE[kind], TARGETS[kind]
    classes, kinds = [f"{name}no", f"{name}yes"], kinds_of(name).tolist()
    rows = [[round(x, 3), kinds[i], classes[i % 2]] for i, x in enumerate(X.tolist())]
    data = written(tmp_path / f"data.{suffix}", [name, "w", target], rows)
    options = ("--target", target, "--max-iter", 2, "--seed", 0, "--out", "model")
    done = call("train", data, *options, "--json", *(["--header"] if suffix == "csv" else []))
    assert (done.code, done.err) == (0, "")
    trained = json.loads(done.out)
    assert trained["columns"] == {name: "numeric", "w": "categorical"}
    assert trained["evaluation"]["classes"] == sorted(classes)

    described = json.loads(call("inspect", "model", "--json").out)
    assert (described["features"], described["target"]) == ([name, "w"], target)
    assert described["classes"] == sorted(classes)

    ids = [] if "," in name else ["--id", name]  # commas are between names there
    done = call("predict", "model", data, "--proba", *ids)
    assert (done.code, done.err) == (0, "")
    header, *said = csv.reader(io.StringIO(done.out, newline=""))
    assert header[-3:] == [target, *(f"probability of {label}" for label in sorted(classes))]
    assert header[:-3] == ids[1:]
    assert {row[-3] for row in said} <= set(classes)
    if ids:
        assert [float(row[0]) for row in said] == [row[0] for row in rows]

    done = call("evaluate", "model", data, "--json", "--importances")
    assert (done.code, done.err) == (0, "")
    assert {row["column"] for row in json.loads(done.out)["importances"]} == {name, "w"}


@pytest.mark.parametrize("kind", STRANGE)
def test_shown_to_a_person(tmp_path, call, kind):
    """Whatever the names do to lines and colours, the commands end well, with no escapes."""
    name, target = STRANGE[kind], TARGETS[kind]
    rows = [[round(x, 3), f"{name}{'no' if i % 2 else 'yes'}"] for i, x in enumerate(X.tolist())]
    written(tmp_path / "data.parquet", [name, target], rows)
    done = call("train", "data.parquet", "--target", target, "--max-iter", 2, "--out", "model")
    assert (done.code, done.out) == (0, "")
    for command in (("inspect", "model"), ("evaluate", "model", "data.parquet")):
        done = call(*command)
        assert (done.code, done.err) == (0, "")
        assert done.out


def test_errors_name_them_on_one_line(tmp_path, call):
    for kind, name in STRANGE.items():
        written(tmp_path / "data.parquet", [name, "label"], [[1.0, "a"], [float("inf"), "b"]])
        done = call("train", "data.parquet", "--target", "label")
        assert done.code == 65, kind
        *_, line = done.err.splitlines()
        assert line.startswith("deltarule: data.parquet, row group 1, row 2: Column "), kind


REFUSED = {
    "a cell": lambda name: TabularClassifier().fit({name: [1.0, np.inf]}, [0, 1]),
    "constant": lambda name: TabularClassifier().fit({name: [1.0, 1.0]}, [0, 1]),
    "lacking": lambda name: (
        TabularClassifier(max_iter=1).fit({name: [1.0, 2], "x": [3, 4]}, [0, 1]).predict({"x": [3]})
    ),
    "asked for": lambda name: TabularClassifier(columns={name: "numeric"}).fit(
        {"x": [1.0, 2]}, [0, 1]
    ),
    "a label": lambda name: (
        TabularClassifier(max_iter=1).fit({"x": [1.0, 2]}, [0, 1]).locate([name])
    ),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_errors_of_10_kB_names_stay_short(refused):
    with pytest.raises(DataError) as caught:
        REFUSED[refused]("n" * 10_000)
    assert len(str(caught.value)) < 1000


def test_warnings_of_10_kB_names_stay_short():
    name = "n" * 10_000
    with pytest.warns(UserWarning, match="left out") as first:
        model = TabularClassifier(max_iter=1).fit({"x": X, name: [1.0] * N}, LABEL)
    with pytest.warns(UserWarning, match="Not used") as second:
        model.predict({"x": X, f"{name}!": X})
    model = TabularClassifier(max_iter=1).fit({name: np.array(list("ab") * 20)}, LABEL)
    with pytest.warns(UserWarning, match="never saw") as third:
        model.predict({name: ["c"]})
    for warned in (*first, *second, *third):
        assert len(str(warned.message)) < 1000
