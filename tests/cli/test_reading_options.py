"""How files are written: found out, or said; every option of every command that reads."""

import bz2
import gzip
import json
import lzma
import zipfile

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

TRAIN = ["--target", "label", "--max-iter", 3, "--seed", 0]


@pytest.fixture
def lines(table):
    """The cells of ``table.csv``, row by row."""
    return [line.split(",") for line in table.read_text().splitlines()]


@pytest.fixture
def evaluation(run, tmp_path):
    """Train on what stands there, and return the evaluation, once by train, once by evaluate."""

    def of(path, *options, stdin=""):
        found = json.loads(
            run("train", path, *TRAIN, *options, "--out", "m", "--json", stdin=stdin).stdout
        )
        rows = json.loads(run("evaluate", "m", path, *options, "--json", stdin=stdin).stdout)
        return found["evaluation"], found["columns"], rows

    return of


@pytest.fixture
def expected(evaluation, table):
    return evaluation("table.csv")


def test_delimiter(evaluation, expected, lines, tmp_path):
    (tmp_path / "found.csv").write_text("\n".join(";".join(line) for line in lines))
    (tmp_path / "said.csv").write_text("\n".join("^".join(line) for line in lines))
    (tmp_path / "tabs.csv").write_text("\n".join("\t".join(line) for line in lines))
    assert evaluation("found.csv") == expected
    assert evaluation("said.csv", "--delimiter", "^") == expected
    assert evaluation("tabs.csv", "--delimiter", "tab") == expected


def test_header(run, lines, tmp_path):
    """Without one the columns have numbers; with one of numbers it has to be said."""
    (tmp_path / "bare.csv").write_text("\n".join(",".join(line) for line in lines[1:]))
    command = ["--target", "column3", "--max-iter", 1, "--json"]
    for options in ([], ["--no-header"]):
        found = json.loads(run("train", "bare.csv", *command, *options).stdout)
        assert found["columns"].keys() == {"column1", "column2"}
    renamed = [["1", "2", "3"], *lines[1:]]
    (tmp_path / "named.csv").write_text("\n".join(",".join(line) for line in renamed))
    found = run("train", "named.csv", "--target", "3", "--header", "--max-iter", 1, "--json")
    assert json.loads(found.stdout)["columns"].keys() == {"1", "2"}


def test_quote(evaluation, expected, lines, tmp_path):
    quoted = [[f"'{cell}'" for cell in line] for line in lines]
    (tmp_path / "single.csv").write_text("\n".join(",".join(line) for line in quoted))
    assert evaluation("single.csv") == expected
    assert evaluation("single.csv", "--quote", "'") == expected


def test_no_quote(run, lines, tmp_path):
    inches = [lines[0], *([x, w + '"', y] for x, w, y in lines[1:])]
    (tmp_path / "inches.csv").write_text("\n".join(",".join(line) for line in inches))
    run("train", "inches.csv", *TRAIN, "--quote", "none")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_encoding(run, lines, tmp_path, encoding):
    said = [lines[0], *([x, w, {"no": "nö", "yes": "jä"}[y]] for x, w, y in lines[1:])]
    text = "\n".join(",".join(line) for line in said)
    (tmp_path / "other.csv").write_bytes(text.encode(encoding))
    found = run("train", "other.csv", *TRAIN, "--encoding", encoding, "--json")
    assert json.loads(found.stdout)["evaluation"]["classes"] == ["jä", "nö"]
    assert found.stderr == ""


def test_decimal(evaluation, expected, lines, tmp_path):
    german = [lines[0], *([x.replace(".", ","), w, y] for x, w, y in lines[1:])]
    (tmp_path / "german.csv").write_text("\n".join(";".join(line) for line in german))
    assert evaluation("german.csv") == expected
    assert evaluation("german.csv", "--decimal", ",", "--delimiter", ";") == expected
    assert expected[1]["x"] == "numeric"


def test_missing(run, lines, tmp_path):
    gaps = [lines[0], *([x if i % 5 else "?", w, y] for i, (x, w, y) in enumerate(lines[1:]))]
    (tmp_path / "gaps.csv").write_text("\n".join(",".join(line) for line in gaps))
    for options in (["--missing", "?"], ["--missing", "-", "--missing", "?"]):
        found = json.loads(run("train", "gaps.csv", *TRAIN, *options, "--json").stdout)
        assert found["columns"]["x"] == "numeric"


COMPRESSED = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, "zstd", asbytes=True),
}


@pytest.mark.parametrize("how", COMPRESSED)
def test_compression(evaluation, expected, table, tmp_path, how):
    (tmp_path / "packed").write_bytes(COMPRESSED[how](table.read_bytes()))
    assert evaluation("packed") == expected
    assert evaluation("packed", "--compression", how) == expected


def test_a_zip_with_one_file(run, evaluation, expected, table, tmp_path):
    with zipfile.ZipFile(tmp_path / "table.csv.zip", "w") as packed:
        packed.write(table, "inner/table.csv")
    assert evaluation("table.csv.zip") == expected
    table.unlink()
    run("train", "table.csv.zip", *TRAIN)
    assert (tmp_path / "table.deltarule").exists(), "named after the data, without its endings"


def write_json_lines(table, path):
    path.write_text("\n".join(map(json.dumps, table.to_pylist())) + "\n")


FORMATS = {
    "parquet": pq.write_table,
    "arrow": lambda table, path: pyarrow.feather.write_feather(table, str(path)),
    "jsonl": write_json_lines,
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", ["table", "misleading.csv"])
def test_format(evaluation, expected, table, tmp_path, kind, name):
    """By its first bytes, whatever the name; or as it is said."""
    FORMATS[kind](pa_csv.read_csv(table), tmp_path / name)
    options = ["--format", kind] if kind == "jsonl" and name.endswith(".csv") else []
    assert evaluation(name, *options) == expected
    assert evaluation(name, "--format", kind) == expected


@pytest.mark.parametrize("way", ["folder", "glob"])
def test_several_files_are_one_table(evaluation, expected, lines, tmp_path, way):
    (tmp_path / "parts").mkdir()
    for i, (start, end) in enumerate([(1, 30), (30, 31), (31, 81)]):
        part = "\n".join(",".join(line) for line in [lines[0], *lines[start:end]])
        (tmp_path / "parts" / f"part-{i}.csv").write_text(part + "\n")
    assert evaluation("parts" if way == "folder" else "parts/part-*.csv") == expected


def test_standard_input(evaluation, expected, table):
    assert evaluation("-", stdin=table.read_text()) == expected


def test_predictions_are_read_with_the_same_options(run, table, lines, tmp_path):
    run("train", "table.csv", *TRAIN)
    expected = run("predict", "table.deltarule", "table.csv").stdout
    odd = [[*line[:2]] for line in lines[1:]]
    odd[3][0] = "?"
    (tmp_path / "odd.csv").write_text("\n".join("^".join(line) for line in [lines[0][:2], *odd]))
    options = ["--delimiter", "^", "--missing", "?", "--header"]
    found = run("predict", "table.deltarule", "odd.csv", *options).stdout
    assert found.splitlines()[:3] == expected.splitlines()[:3]
    assert len(found.splitlines()) == 81


@pytest.mark.parametrize("command", ["train", "predict", "evaluate"])
def test_a_cell_that_cannot_be_used_has_file_and_line(fail, trained, lines, tmp_path, command):
    """Of the part that it stands in, also behind a cell of several lines."""
    (tmp_path / "parts").mkdir()
    texts = [",".join(line) for line in lines]
    texts[3] = texts[3].replace("u", '"u\nu"').replace("v", '"v\nv"').replace("w", '"w\nw"')
    assert "\n" in texts[3]
    (tmp_path / "parts" / "a.csv").write_text("\n".join(texts[:40]) + "\n")
    texts[50] = "1e300,u,no"
    (tmp_path / "parts" / "b.csv").write_text("\n".join([texts[0], *texts[40:]]) + "\n")
    model = [] if command == "train" else [trained / "table.deltarule"]
    line = fail(65, command, *model, "parts", *(TRAIN if command == "train" else []))
    assert "b.csv, line 12: " in line
    assert "column 'x'" in line.lower()
    assert "1e+300" in line


@pytest.mark.parametrize(
    ("code", "options", "words"),
    [
        (2, ["--delimiter", "ab"], "delimiter is 'ab'"),
        (2, ["--encoding", "klingon"], "encoding is 'klingon'"),
        (2, ["--quote", ",", "--delimiter", ","], "delimiter and quote are both ','"),
        (65, ["--format", "parquet"], "table.csv"),
        (65, ["--compression", "gzip"], "table.csv"),
    ],
)
def test_options_that_no_file_fits(fail, table, code, options, words):
    assert words in fail(code, "train", "table.csv", *TRAIN, *options)


@pytest.mark.parametrize("option", ["--format", "--compression", "--decimal"])
def test_words_that_are_none_of_the_choices(call, table, option):
    done = call("train", "table.csv", *TRAIN, option, "odd")
    assert done.returncode == 2
    assert "'odd' is not" in done.stderr
