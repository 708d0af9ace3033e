"""Row 12: duplicate classes, or their number differs from the outputs."""

import pytest

from deltarule import load_model


@pytest.fixture
def with_classes(layered, forge):
    """Return the three-class model with other class labels."""

    def build(tag, dtype, values):
        forgery = forge(layered)
        forgery.document["classes"] = {"type": tag, "dtype": dtype, "values": values}
        return forgery.to_bytes()

    return build


@pytest.mark.parametrize(
    ("tag", "dtype", "values"),
    [
        ("int", "int64", [1, 2, 1]),
        ("str", "str", ["a", "b", "a"]),
        ("str", "object", ["a", "b", "a"]),
        ("float", "float64", [1.0, 2.0, 1.0]),
        ("float", "float64", [1, 1.0, 2.0]),
        ("float", "float64", [0.0, -0.0, 1.0]),
        ("bool", "bool", [True, False, True]),
    ],
)
def test_a_class_twice_is_refused(tag, dtype, values, with_classes, refused):
    assert "a class label stands there twice" in refused(with_classes(tag, dtype, values))


@pytest.mark.parametrize(
    ("tag", "dtype", "values"),
    [
        ("float", "float32", [1.0, 1.0 + 1e-12, 2.0]),
        ("float", "float16", [4096.0, 4097.0, 1.0]),
        ("str", "str", ["a", "a\0", "b"]),  # NumPy's fixed-width text ends at the last NUL
    ],
)
def test_classes_that_become_one_in_their_dtype_are_refused(
    tag, dtype, values, with_classes, refused
):
    refused(with_classes(tag, dtype, values))


@pytest.mark.parametrize(
    ("tag", "dtype", "values"),
    [
        ("int", "int64", [True, 1, 2]),
        ("int", "int64", [True, False, 2]),
        ("bool", "bool", [True, 1, 0]),
        ("bool", "bool", [True, 0, False]),
        ("int", "int64", [1, 1.0, 2]),
        ("int", "int64", [1, 2, 3.5]),
        ("int", "int64", [1, "1", 2]),
        ("float", "float64", [1.0, True, 2.0]),
        ("str", "str", ["1", 1, "2"]),
        ("str", "object", ["1", True, "2"]),
    ],
)
def test_classes_of_another_type_than_the_file_says_are_refused(
    tag, dtype, values, with_classes, refused
):
    """To Python, and so to a set of labels, True is 1 and 1 is 1.0."""
    assert f"a class label is not of type {tag}" in refused(with_classes(tag, dtype, values))


@pytest.mark.parametrize(
    ("tag", "dtype", "values"),
    [
        ("int", "uint8", [1, 2, 256]),
        ("int", "uint8", [-1, 2, 3]),
        ("int", "int8", [1, 2, -129]),
        ("int", "int64", [1, 2, 2**63]),
        ("int", "int64", [1, 2, 10**400]),
        ("float", "float16", [1.0, 2.0, 1e6]),
        ("float", "float32", [1.0, 2.0, 1e300]),
        ("float", "float64", [1.0, 2.0, 10**400]),
    ],
)
def test_a_class_beyond_its_dtype_is_refused(tag, dtype, values, with_classes, refused):
    assert "a class label" in refused(with_classes(tag, dtype, values))


@pytest.mark.parametrize("dtype", ["float64", "datetime64[ns]", "O", "<i8", "int", "", "void"])
def test_a_dtype_that_is_not_of_the_labels_type_is_refused(dtype, with_classes, refused):
    assert f"cannot have dtype {dtype!r}" in refused(with_classes("int", dtype, [1, 2, 3]))


@pytest.mark.parametrize("n_classes", [0, 1, 2, 4, 1000])
def test_another_number_of_classes_than_outputs_is_refused(n_classes, with_classes, refused):
    message = refused(with_classes("int", "int64", list(range(n_classes))))
    assert f"its {n_classes} classes do not fit the 3 outputs" in message


@pytest.mark.parametrize("labels", [[], ["no", "yes", "maybe"]])
def test_one_output_tells_two_classes_apart_and_no_other_number(labels, smallest, forge, refused):
    forgery = forge(smallest)
    forgery.document["classes"]["values"] = labels
    assert "do not fit the 1 outputs" in refused(forgery.to_bytes())


def test_under_softmax_loss_one_output_tells_nothing_apart(smallest, forge, refused):
    """Each of two classes would have the probability 1."""
    forgery = forge(smallest)
    forgery.document["loss"] = "softmax"
    assert "its 2 classes do not fit the 1 outputs" in refused(forgery.to_bytes())


def test_the_honest_file_loads(with_classes, tmp_path):
    path = tmp_path / "honest.deltarule"
    path.write_bytes(with_classes("int", "uint8", [10, 20, 255]))
    classes = load_model(path).classes_
    assert (classes.dtype.name, classes.tolist()) == ("uint8", [10, 20, 255])
