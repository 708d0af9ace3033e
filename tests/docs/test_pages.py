"""The pages of docs/ are true: their Python runs as it stands there."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
CELL = re.compile(
    r"^```\{code-cell\} ipython3\n(?::tags: \[remove-cell\]\n)?(.*?)^```", re.M | re.S
)
NEEDS_COMMANDS = {"tutorial.md"}  # its commands are run by `make docs`, and its Python after them


def pages():
    """Yield the cells of each page that has some, but for those that only draw."""
    for path in sorted(DOCS.rglob("*.md")):
        cells = CELL.findall(path.read_text(encoding="utf-8"))
        shown = [cell for cell in cells if not cell.startswith(":tags:")]
        if shown and path.name not in NEEDS_COMMANDS:
            yield pytest.param(shown, id=str(path.relative_to(DOCS)))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("cells", list(pages()))
def test_python_runs(cells, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    variables = {}
    for cell in cells:
        exec(compile(cell, "cell", "exec"), variables)
