"""docs/onnx.md is true: its Python runs."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "onnx.md"


def test_the_code_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    exec(compile(code, str(DOCS), "exec"), {})
    assert capsys.readouterr().out == "True\n"
