"""Fault 40: what CSV files are like out there is read right, or refused with its line."""

import os
import subprocess
import sys

import numpy as np
import pytest

resource = pytest.importorskip("resource", reason="this system cannot limit a process's memory")


@pytest.fixture
def expected(text, train, predict):
    """What the plain file says, and the model of it says."""
    summary, warned = train("table.csv")
    assert not warned
    p, _ = predict("table.csv")
    assert len(np.unique(p)) > 80
    return summary["evaluation"], p


def quoted(line):
    return ",".join(f'"{cell}"' for cell in line.split(","))


WAYS = {
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "CRLF after a mark": lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
    "no newline at the end": lambda text: text.rstrip().encode(),
    "blank lines": lambda text: b"\n\n" + text.replace("yes\n", "yes\n\n").encode() + b"\n\n",
    "UTF-16": lambda text: text.encode("utf-16"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "blanks after delimiters": lambda text: text.replace(",", ", ").encode(),
    "decimal commas": lambda text: text.replace(",", ";").replace(".", ",").encode(),
    "quotes": lambda text: "\n".join(map(quoted, text.splitlines())).encode(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_rows_give_the_same_model(tmp_path, text, expected, train, predict, way):
    evaluation, p = expected
    (tmp_path / "other.csv").write_bytes(WAYS[way](text))
    found, warned = predict("other.csv")
    assert (found == p).all()
    assert not warned
    summary, warned = train("other.csv")
    assert summary["evaluation"] == evaluation
    assert not warned


def test_decimal_commas_in_quotes_between_commas(tmp_path, text, expected, predict, table_refused):
    """They are looked for where commas are nothing else: here the user says so."""
    lines = [quoted(line).replace(".", ",") for line in text.splitlines()]
    (tmp_path / "other.csv").write_text("\n".join(lines) + "\n")
    found, warned = predict("other.csv", "--decimal", ",")
    assert (found == expected[1]).all()
    assert not warned
    message = table_refused("predict", "model.deltarule", "other.csv")
    assert message.startswith("other.csv, line 2: column 'x' holds '0,063'")


def test_newlines_quotes_and_delimiters_in_quotes_are_part_of_a_cell(
    tmp_path, text, train, predict
):
    header, rows = text.split("\n", 1)
    cells = ('"a\nb"', '"a\r\nb,c"', '"say ""hi"""')
    for letter, cell in zip("uvw", cells, strict=True):
        rows = rows.replace(f",{letter},", f",{cell},")
    (tmp_path / "odd.csv").write_bytes(f"{header}\n{rows}".encode())
    summary, warned = train("odd.csv")
    assert summary["columns"] == {"x": "numeric", "w": "categorical"}
    assert not warned
    (tmp_path / "new.csv").write_text("x,w\n" + "".join(f"0.5,{cell}\n" for cell in cells))
    p, warned = predict("new.csv")
    assert len(np.unique(p[:, 0])) == 3
    assert not warned, "all of them are known"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,u\n", "2 cells where the header has 3 (delimiter ',')"),
        ("1,u,no,7\n", "4 cells where the header has 3"),
        ("1\n", "1 cells where the header has 3"),
        ('1,"u,no\n', 'a quote (") is opened in this row and never closed'),
        ("1,u,no,\n", "4 cells where the header has 3"),
    ],
)
def test_ragged_rows_are_named_by_their_line(tmp_path, text, expected, table_refused, line, words):
    header, first, _ = text.split("\n", 2)
    (tmp_path / "ragged.csv").write_text(f'{header}\n\n{first}\n1,"a\nb",no\n{line}')
    for command in (
        ("train", "ragged.csv"),
        ("train", "table.csv", "--valid", "ragged.csv"),
        ("train", "table.csv", "--test", "ragged.csv"),
        ("predict", "model.deltarule", "ragged.csv"),
        ("evaluate", "model.deltarule", "ragged.csv"),
    ):
        message = table_refused(*command)
        assert message.startswith("ragged.csv, line 6: ")
        assert words in message


def test_a_NUL_in_text_is_a_character(tmp_path, text, train, predict):
    (tmp_path / "nul.csv").write_bytes(text.replace(",v,", ",v\0v,").encode())
    train("nul.csv")
    (tmp_path / "one.csv").write_bytes(b"x,w\n1,v\0v\n1,u\n")
    assert predict("one.csv")[1] == []
    (tmp_path / "one.csv").write_bytes(b"x,w\n1,v\n1,vv\n")
    assert "2 of the cells in column 'w'" in predict("one.csv")[1][0]


def test_a_NUL_in_a_number_is_named(tmp_path, text, expected, table_refused):
    (tmp_path / "nul.csv").write_bytes(text.encode() + b"1\0,u,no\n")
    for command in (
        ("predict", "model.deltarule", "nul.csv"),
        ("evaluate", "model.deltarule", "nul.csv"),
        ("train", "table.csv", "--valid", "nul.csv"),
        ("train", "nul.csv", "--numeric", "x"),
    ):
        message = table_refused(*command)
        assert message.startswith("nul.csv, line 82: ")
        assert "\\x00" in message


def test_latin_1(tmp_path, text, train, predict, table_refused):
    """Read as what it most likely is, and said so; or as what the user says; or named."""
    data = text.replace(",v,", ",\xe9t\xe9,").encode("latin-1")
    (tmp_path / "old.csv").write_bytes(data)
    (tmp_path / "new.csv").write_text(data.decode("latin-1"), encoding="utf-8")
    _, warned = train("old.csv")
    (line,) = warned
    number = 1 + data[: data.index(b"\xe9")].count(b"\n")
    assert line.startswith(f"deltarule: old.csv, line {number}, is not UTF-8. The file is read as")
    p, warned = predict("old.csv", "--encoding", "latin-1")
    assert not warned
    found, warned = predict("new.csv")
    assert (found == p).all()
    assert not warned
    for command in (
        ("train", "old.csv", "--encoding", "utf-8"),
        ("predict", "model.deltarule", "old.csv", "--encoding", "utf-8"),
    ):
        message = table_refused(*command)
        assert message.startswith(f"old.csv, line {number}: these bytes are no text in utf-8: e9")


def test_what_is_no_text_is_refused(tmp_path, table_refused):
    (tmp_path / "image.csv").write_bytes(bytes(range(256)) * 40)
    assert "image.csv is neither text nor" in table_refused("train", "image.csv")


def test_nothing_and_next_to_nothing(tmp_path, table_refused, expected):
    for content, words in (
        (b"", "nothing.csv is empty"),
        (b"\xef\xbb\xbf", "nothing.csv is empty"),
        (b"\r\n\r\n", "nothing.csv is empty"),
    ):
        (tmp_path / "nothing.csv").write_bytes(content)
        assert words in table_refused("train", "nothing.csv")
        assert words in table_refused("predict", "model.deltarule", "nothing.csv")


# Calls the command line for some files, with room for 300 MB beside what the libraries take.
IN_LITTLE_MEMORY = """
import resource, sys
import pyarrow.csv
from deltarule import TabularClassifier
from deltarule.cli import console, main, tables, train

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
room = used + 300 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (room, room))
for path in sys.argv[1:]:
    sys.argv = ["deltarule", "train", path, "--target", "label"]
    try:
        main()
    except SystemExit as ended:
        assert ended.code == 65, ended.code
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory in use is read from /proc")
def test_an_endless_line_takes_no_more_memory_than_a_short_one(tmp_path, text):
    """Of 3 GB, in files with a hole: the disk has not so much."""
    begins = {"start": b"", "rows": text.encode(), "quote": b'x,label\n"', "header": b"x,label\n"}
    paths = [tmp_path / f"{name}.csv" for name in begins]
    for path, begin in zip(paths, begins.values(), strict=True):
        path.write_bytes(begin)
        os.truncate(path, 3 * 2**30)
    done = subprocess.run(
        [sys.executable, "-c", IN_LITTLE_MEMORY, *(path.name for path in paths)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    said = done.stderr.splitlines()
    assert len(said) == len(begins)
    for line, place in zip(
        said,
        ("start.csv, line 1", "rows.csv, line 82", "quote.csv, line 2", "header.csv, line 2"),
        strict=True,
    ):
        assert line.startswith(f"deltarule: {place}: this line is longer than 16 MB")
    assert set(tmp_path.iterdir()) == {*paths, tmp_path / "table.csv"}
