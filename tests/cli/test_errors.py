"""Every mistake is one line that says what, where and how to mend it, with its exit code."""

import re

import pytest

TRAIN = ["train", "table.csv", "--target", "label", "--max-iter", 2, "--seed", 0]
USAGE, BAD_DATA, NO_INPUT, CANNOT_CREATE = 2, 65, 66, 73


def refused_before_training(call, tmp_path, *arguments):
    """Return the last line, having seen that nothing was trained or written."""
    before = set(tmp_path.iterdir())
    done = call(*arguments)
    assert "Trained" not in done.stderr
    assert set(tmp_path.iterdir()) == before
    return done.returncode, done.stderr.splitlines()[-1]


# One process for each code that a mistake can have; the rest is called within this one.
@pytest.mark.parametrize(
    ("code", "arguments", "words"),
    [
        (USAGE, ["train", "table.csv"], "Missing option '--target'"),
        (BAD_DATA, ["train", "table.csv", "--target", "lable"], "Did you mean 'label'?"),
        (NO_INPUT, ["train", "absent.csv", "--target", "y"], "Cannot open absent.csv"),
        (CANNOT_CREATE, [*TRAIN, "--out", "absent/model"], "Cannot write absent/model"),
    ],
)
def test_exit_codes_of_the_script(script, table, tmp_path, code, arguments, words):
    done = script(tmp_path, *arguments)
    assert done.returncode == code
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train"], "Missing argument 'DATA'"),
        (["train", "table.csv", "--target"], "Option '--target' requires an argument"),
        (["train", "table.csv", "--target", "label", "--max_iter", "3"], "--max-iter"),
        ([*TRAIN, "--seed", "one"], "'one' is not a valid integer"),
        (["trian", "table.csv"], "No such command 'trian'"),
        (["example", "mnist"], "'breast_cancer', 'digits', 'iris', 'wine'"),
        (["predict", "model"], "Missing argument 'DATA'"),
    ],
)
def test_wrong_usage(call, table, arguments, words):
    """Click's words: the usage in short, where it can tell, and the mistake by name."""
    done = call(*arguments)
    assert done.returncode == USAGE
    assert done.stdout == ""
    assert "Error: " in done.stderr
    assert words in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-iter", 0], ("'max_iter'", "Got 0 instead")),
        (["--seed", -1], ("'random_state'", "Got -1 instead")),
        (["--seed", 2**32], ("'random_state'", "Got 4294967296 instead")),
    ],
)
def test_settings_out_of_range_are_usage_errors(fail, table, options, words):
    line = fail(USAGE, *TRAIN, *options)
    assert all(word in line for word in words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "table.csv is empty"),
        ("x,label\n", "has no rows"),
        ("x,label\n1,a\n2\n", "table.csv, line 3: .*1 cells where the header has 2"),
        ("x,x,label\n1,2,a\n", "table.csv has more than one column named 'x'"),
        ("x,label\n1,a\n2,\n3,b\n", "1 of 3 labels are missing"),
        ("x,label\n1,\n2,\n", "2 of 2 labels are missing"),
        ("x,label\n1,0.5\n2,1\n3,2\n", "table.csv: 1 of 3 labels are fractions.*the first is 0.5"),
        ("label\na\nb\n", "table.csv: The table has 0 feature(s)"),
        ("x,label\n5,a\n5,b\n", "No column is left.*'x' has the same value in every row, 5"),
        ("x,label\ninf,a\n1,b\n", "table.csv, line 2: Column 'x', row 1: inf is too large"),
        ("x,label\n1,2020-01-01\n2,2020-01-02\n", "table.csv: The labels are datetime64"),
    ],
    ids=[
        "empty",
        "no rows",
        "ragged",
        "name twice",
        "label missing",
        "labels missing",
        "fractions",
        "only a target",
        "constant",
        "infinity",
        "dates as labels",
    ],
)
def test_bad_data(fail, tmp_path, content, words):
    (tmp_path / "table.csv").write_text(content)
    line = fail(BAD_DATA, *TRAIN)
    assert all(word in line for word in words.split(".*"))
    assert not (tmp_path / "table.deltarule").exists()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"x,label\n\xe9,a\nz,b\nz,a\nz,b\n", id="latin-1 in a cell"),
        pytest.param(b"\xe9,label\n1,a\n2,b\n", id="latin-1 in a name"),
        pytest.param(b"x,label\n1,\xe9\n2,b\n3,b\n", id="latin-1 in a label"),
    ],
)
def test_bytes_that_are_not_utf_8_are_blamed_on_their_line(call, run, tmp_path, content):
    """They are read as cp1252 with a warning, and refused where UTF-8 was said."""
    (tmp_path / "table.csv").write_bytes(content)
    code, line = refused_before_training(call, tmp_path, *TRAIN, "--encoding", "utf-8")
    assert code == BAD_DATA
    assert re.search(r"table.csv, line [12]\b.*utf-?8", line, re.IGNORECASE)
    warning = run(*TRAIN).stderr.splitlines()[0]
    assert re.match(r"deltarule: table.csv, line [12], is not UTF-8. .* cp1252", warning)


def test_long_ids_are_numbers(run, tmp_path):
    rows = [f"{2**60 + i * 2**20},{'ab'[i % 2]}" for i in range(20)]
    (tmp_path / "table.csv").write_text("\n".join(["id,label", *rows]) + "\n")
    run(*TRAIN)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "lable"], "table.csv has no column 'lable'. Did you mean 'label'?"),
        (["--target", "zzz"], "table.csv has no column 'zzz'. It has 'x', 'w', 'label'."),
        (["--target", "label", "--drop", "xx"], "no column 'xx'. Did you mean 'x'?"),
        (["--target", "label", "--categorical", "ww,x"], "no column 'ww'. Did you mean 'w'?"),
        (["--target", "label", "--numeric", "xx"], "no column 'xx'. Did you mean 'x'?"),
        (["--target", "label", "--id", "xx"], "no column 'xx'. Did you mean 'x'?"),
        (["--target", "label", "--weights", "xx"], "no column 'xx'. Did you mean 'x'?"),
        (["--target", "label", "--groups", "xx"], "no column 'xx'. Did you mean 'x'?"),
        (["--target", "label", "--order", "xx"], "no column 'xx'. Did you mean 'x'?"),
    ],
)
def test_columns_that_are_not_there(call, table, tmp_path, arguments, words):
    code, line = refused_before_training(call, tmp_path, "train", "table.csv", *arguments)
    assert code == BAD_DATA
    assert words in line


@pytest.mark.parametrize("option", ["--drop", "--id", "--categorical", "--numeric"])
def test_the_target_is_none_of_the_columns(call, table, tmp_path, option):
    options = ["--target", "label", option, "w,label"]
    code, line = refused_before_training(call, tmp_path, "train", "table.csv", *options)
    assert code == USAGE
    assert "label" in line
    assert "target" in line


@pytest.mark.parametrize("option", ["--valid", "--test"])
@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, NO_INPUT, "Cannot open other.csv"),
        ("x,label\n1,no\n", BAD_DATA, "other.csv has no column 'w'"),
        ("x,w\n1,u\n", BAD_DATA, "other.csv has no column 'label'"),
        ("x,w,label\nbig,u,no\n", BAD_DATA, "other.csv, line 2: column 'x' holds 'big'"),
        ("x,w,label\n1,u\n", BAD_DATA, "other.csv, line 2: 2 cells where the header has 3"),
    ],
    ids=["absent", "a column lacks", "the target lacks", "text for numbers", "ragged"],
)
def test_other_files_are_checked_before_training(
    call, table, tmp_path, option, content, code, words
):
    if content is not None:
        (tmp_path / "other.csv").write_text(content)
    found, line = refused_before_training(call, tmp_path, *TRAIN, option, "other.csv")
    assert found == code
    assert words in line


@pytest.mark.parametrize(
    ("option", "content"),
    [
        pytest.param("--valid", "x,w,label\n", id="valid: no rows"),
        pytest.param("--valid", "x,w,label\n1,u,maybe\n", id="valid: a new label"),
        pytest.param(
            "--test",
            "x,w,label\n",
            id="test: no rows",
        ),
        pytest.param(
            "--test",
            "x,w,label\n1,u,maybe\n",
            id="test: a new label",
        ),
    ],
)
def test_rows_of_other_files_are_checked_before_training(call, table, tmp_path, option, content):
    (tmp_path / "other.csv").write_text(content)
    code, line = refused_before_training(call, tmp_path, *TRAIN, option, "other.csv")
    assert code == BAD_DATA
    assert "no rows" in line or "'maybe'" in line


@pytest.mark.parametrize(
    "out",
    [
        "absent/model",
        "table.csv/model",
        pytest.param(
            "n" * 300,
            id="a name too long",
        ),
    ],
)
def test_an_output_that_cannot_be_made_is_found_before_training(call, table, tmp_path, out):
    code, line = refused_before_training(call, tmp_path, *TRAIN, "--out", out)
    assert code == CANNOT_CREATE
    assert line.startswith(f"deltarule: Cannot write {out}")


def test_predictions_that_cannot_be_written_are_found_before_predicting(fail, trained):
    arguments = [trained / "table.deltarule", trained / "table.csv", "--out", "absent/p.csv"]
    assert "Cannot write absent/p.csv" in fail(CANNOT_CREATE, "predict", *arguments)


def test_a_folder_as_output_cannot_be_created(fail, table):
    assert "it is a folder" in fail(CANNOT_CREATE, *TRAIN, "--out", ".")
