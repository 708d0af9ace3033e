"""Every line of both algorithms, with the numbers that the engines compute with."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.datasets import load_iris

from deltarule import MLPClassifier, TabularClassifier
from deltarule.engines import Examples
from deltarule.engines.choice import built_engines
from deltarule.errors import DataError, SettingError
from deltarule.insight import trace
from deltarule.network import Objective, Parameters

X, Y = load_iris(return_X_y=True)


def lines_of(told, algorithm):
    return [line.number for line in told.lines if line.algorithm == algorithm]


@pytest.fixture(scope="module")
def three_layers():
    return trace([2, 4, 3, 3], random_state=0)


def test_three_layers_have_every_line_in_order(three_layers):
    assert lines_of(three_layers, 1) == [
        *[1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 8, 9, 10, 11, 12, 13]
    ]
    assert lines_of(three_layers, 2) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 7, 8, 9, 10, 11]


def test_each_line_has_the_equation_of_the_documents_three_layers(three_layers):
    of = {
        (line.algorithm, line.number, line.layer): line.formula.equations
        for line in three_layers.lines
    }
    assert [of[1, 8, 1], of[1, 9, 1], of[1, 8, 2], of[1, 9, 2], of[1, 10, 3], of[1, 11, 3]] == [
        *[("3b",), ("3c",), ("3d",), ("3e",), ("3f",), ("3g",)]
    ]
    assert of[2, 4, 3] == ("6", "7", "8")
    assert of[2, 11, 1] == ("9", "10", "11")
    assert of[2, 7, 2] == ("12",)
    assert of[1, 12, None] == ("3h", "13")
    assert of[2, 1, None] == ("5", "14")


def test_results_follow_from_operands(three_layers):
    """Each line is computed again from what it says it reads."""
    computed = 0
    for line in three_layers.lines:
        values = [value.array for value in line.operands]
        text = line.formula.text
        if text.startswith("a"):
            W, h, b = values
            expected = W @ h + b
        elif text.endswith("ᵀ") and line.operands:
            expected = values[0] @ values[1].T
        elif text.endswith("g O"):
            expected = values[0] @ values[1]
        elif text.endswith("ᵀ g"):
            expected = values[0].T @ values[1]
        elif text.startswith("h") and "f(" in text:
            expected = np.tanh(values[0])
        elif "⊙ f'" in text:
            expected = values[0] * (1 - np.tanh(values[1]) ** 2)
        else:
            continue
        computed += 1
        np.testing.assert_allclose(line.result.array, expected, rtol=1e-12)
    assert computed == 3 + 3 * 3 + 2 * 2


MODELS = {
    "mlp": lambda: MLPClassifier((7, 5), activation="gelu", max_iter=5, random_state=0),
    "float32": lambda: MLPClassifier((6,), dtype="float32", max_iter=5, random_state=0),
    "two classes": lambda: MLPClassifier((6,), max_iter=5, random_state=0),
    "table": lambda: TabularClassifier(max_iter=2, n_models=2, random_state=0),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("engine", built_engines(), ids=lambda engine: engine.name)
def test_its_numbers_are_the_engines(name, engine):
    y = Y > 0 if name == "two classes" else Y
    table = {f"x{i}": column for i, column in enumerate(X.T)} | {
        "town": np.array([f"town {i % 11}" for i in range(150)])
    }
    rows = table if name == "table" else X
    model = MODELS[name]().fit(rows, y)
    batch = {key: column[40:60] for key, column in table.items()} if name == "table" else X[40:60]
    told = trace(model, batch, y[40:60])
    inputs = model.inputs_of(batch, y[40:60])
    runner = engine(Objective(inputs.network, inputs.loss))
    gradient = Parameters(inputs.parameters.layout, inputs.parameters.dtype)
    examples = Examples(np.ascontiguousarray(inputs.X.T), np.ascontiguousarray(inputs.y.T))
    J = runner.loss_and_gradient(inputs.parameters, examples, np.arange(20), 0, gradient)
    tolerance = {"rtol": 1e-10, "atol": 1e-12}
    if inputs.X.dtype == np.float32:
        tolerance = {"rtol": 1e-3, "atol": 1e-4}
    np.testing.assert_allclose(told.results("J")[-1], J, **tolerance)
    found = [
        line.result.array
        for line in told.lines
        if line.algorithm == 2 and line.result is not None and line.result.name.startswith("∇")
    ]
    assert len(found) == len(gradient.layout.entries)
    by_shape = {entry: gradient[entry.layer][entry.name] for entry in gradient.layout.entries}
    for entry, array in by_shape.items():
        symbol = {"alpha": "α"}.get(entry.name, entry.name)
        raised = f"({entry.layer})".translate(str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾"))
        (mine,) = told.results(f"∇{symbol}{raised} J")
        np.testing.assert_allclose(mine, array, **tolerance)


def test_questions_are_answered_by_differences():
    """Moving each number of W and of h moves the score by what the two matrices say."""
    told = trace([3, 5, 4], random_state=1)
    by_w, by_h = (line.question.matrix.array for line in told.lines if line.question is not None)
    (W,), (b,) = told.results("W⁽²⁾"), told.results("b⁽²⁾")
    (h,) = told.results("h⁽¹⁾")
    (unit,) = np.flatnonzero(by_w.any(axis=1))
    (example,) = np.flatnonzero(by_h.any(axis=0))
    for array, gradient in ((W, by_w), (h, by_h)):
        for place in np.ndindex(array.shape):
            before, values = array[place], []
            for moved in (before + 0.5, before - 0.5):
                array[place] = moved
                values.append((W @ h + b)[unit, example])
            array[place] = before
            assert values[0] - values[1] == pytest.approx(gradient[place], abs=1e-12)


def test_a_network_without_hidden_layers_has_no_loop():
    told = trace([3, 2], random_state=0)
    assert 7 not in lines_of(told, 1)
    assert lines_of(told, 2) == [1, 2, 3, 4, 5]
    assert "No update needs it" in told.lines[-1].note


def test_the_same_seed_the_same_trace():
    assert trace([2, 3, 2], random_state=5).to_json() == trace([2, 3, 2], random_state=5).to_json()
    assert trace([2, 3, 2], random_state=5).to_json() != trace([2, 3, 2], random_state=6).to_json()


def test_json_has_all_numbers_of_small_arrays_and_a_summary_of_large_ones(three_layers):
    told = json.loads(json.dumps(three_layers.to_json(), allow_nan=False))
    assert len(told["lines"]) == len(three_layers.lines)
    assert np.allclose(told["lines"][-1]["result"]["values"], three_layers.results("g")[-1])
    large = json.loads(json.dumps(trace([40, 50, 2], random_state=0).to_json()))
    W = large["lines"][1]["result"]
    assert W["shape"] == [50, 40]
    assert "values" not in W
    assert W["least"] < W["mean"] < W["greatest"]


class Page(HTMLParser):
    """What a page asks a browser for."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.text = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "data")]

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_needs_nothing_else(three_layers):
    page = Page(three_layers.to_html())
    assert page.tags.count("math") >= len(three_layers.lines)
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert page.links == []
    assert "url(" not in three_layers.to_html()
    assert "@import" not in three_layers.to_html()


def test_large_arrays_are_abridged_on_the_page():
    text = trace([300, 400, 10], random_state=0).to_html()
    assert len(text) < 300_000
    assert "400 x 300" in text


@pytest.mark.filterwarnings("ignore:Not used")
def test_what_cannot_be_traced_is_refused():
    with pytest.raises(SettingError, match="sizes must name at least features and classes"):
        trace([3])
    with pytest.raises(SettingError, match="activation 'tahn' is not one of"):
        trace([3, 2, 2], activation="tahn")
    model = TabularClassifier(max_iter=1, n_models=2, random_state=0).fit({"a": X[:, 0]}, Y)
    with pytest.raises(SettingError, match="network=2 is none of the model's: they are 0 to 1"):
        trace(model, {"a": X[:3, 0]}, Y[:3], network=2)
    with pytest.raises(DataError, match="lacks 'a'"):
        trace(model, {"b": X[:3, 0]}, Y[:3])


def test_equations_are_numbered_by_the_layers_that_the_document_has():
    """Its first layer is the first that multiplies by W, whatever comes before; and b is added."""
    table = {"size": np.linspace(0, 1, 60) ** 2, "town": [f"town {i % 11}" for i in range(60)]}
    model = TabularClassifier(preset="standard", max_iter=1, n_models=1, random_state=0)
    lines = trace(model.fit(table, np.arange(60) % 2), table, np.arange(60) % 2).lines
    products = [line for line in lines if line.algorithm == 1 and line.number in (8, 10)]
    assert [line.formula.equations for line in products] == [("3b",), ("3d",), ("3d",), ("3f",)]
    assert products[0].note == "Eq. 3 has no biases; Algorithm 1 adds them."
    mixed = [line for line in lines if line.algorithm == 2 and line.number == 7]
    assert mixed
    assert all(line.formula.equations == () for line in mixed)
