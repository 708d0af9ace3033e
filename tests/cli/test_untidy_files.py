"""Files as they come: with columns beside the features, and codes that look like numbers."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

N = 60


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    y = np.arange(N) % 2
    return pd.DataFrame(
        {"acc": [f"{i:05}" for i in range(N)], "x": rng.normal(size=N) + 3 * y, "y": y}
    )


def test_ids_are_written_as_they_stand(run, tmp_path, frame):
    frame.to_csv(tmp_path / "d.csv", index=False)
    run("train", "d.csv", "--target", "y", "--max-iter", 2, "--id", "acc", "--out", "m")
    done = run("predict", "m", "d.csv", "--id", "acc,y,acc")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["acc", "y", "predicted y"]
    assert [row["acc"] for row in rows] == frame["acc"].tolist()


def test_rows_to_test_on_need_neither_weights_nor_groups(run, tmp_path, frame):
    given = frame.assign(w=1.5, patient=np.repeat(np.arange(N // 2), 2))
    given.to_csv(tmp_path / "d.csv", index=False)
    frame.to_csv(tmp_path / "t.csv", index=False)
    options = ["--weights", "w", "--groups", "patient", "--drop", "acc", "--max-iter", 2]
    done = run("train", "d.csv", "--target", "y", "--test", "t.csv", *options)
    assert "On 60 rows of t.csv" in done.stderr


def test_durations_in_a_parquet_file_are_predicted_from(run, tmp_path, frame):
    frame["took"] = pd.to_timedelta(np.arange(N) % 7, unit="min")
    frame.to_parquet(tmp_path / "d.parquet")
    run("train", "d.parquet", "--target", "y", "--drop", "acc", "--max-iter", 2, "--out", "m")
    assert len(run("predict", "m", "d.parquet").stdout.splitlines()) == N + 1


def test_inspect_tells_kinds_and_what_is_left_out(run, tmp_path, frame):
    frame.to_csv(tmp_path / "d.csv", index=False)
    run("train", "d.csv", "--target", "y", "--max-iter", 2, "--threshold", 0.3, "--out", "m")
    shown = run("inspect", "m").stdout
    assert "kinds      1 numeric" in shown
    assert "left out   'acc': it numbers the rows" in shown
    assert "threshold  1 from 0.300 on" in shown


def test_a_workbook_is_refused_with_a_way_out(fail, tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "d.xlsx", "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    assert "Save the sheet as CSV" in fail(65, "train", "d.xlsx", "--target", "y")


def test_labels_that_are_objects_are_refused(fail, tmp_path):
    """What pandas' to_json writes by default is one object."""
    (tmp_path / "d.json").write_text('{"x":{"0":1,"1":2},"y":{"0":"a","1":"b"}}\n')
    assert "the target 'y' holds struct" in fail(65, "train", "d.json", "--target", "y")
