"""docs/document.md names lines of code that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NETWORK = ROOT / "src" / "deltarule" / "network"


def test_each_statement_in_its_tables_is_a_line_of_the_code():
    page = (ROOT / "docs" / "document.md").read_text(encoding="utf-8")
    told = {
        text
        for row in re.findall(r"^\|.*\|$", page.split("## Algorithm 1, line by line")[1], re.M)
        for text in re.findall(r"`([^`]* [-+*@=]+ [^`]*|return [^`]*)`", row)
    }
    code = "\n".join(path.read_text(encoding="utf-8") for path in NETWORK.rglob("*.py"))
    assert len(told) >= 9
    assert {text for text in told if text not in code} == set()


def test_every_equation_is_in_its_table():
    page = (ROOT / "docs" / "document.md").read_text(encoding="utf-8")
    table = page.split("## Equation by equation")[1].split("##")[0]
    told = [
        number
        for row in re.findall(r"^\| ([0-9a-i, -]+) \|", table, re.M)
        for number in row.split(", ")
    ]
    assert told == ["1", "2", "3a-3g", "3h", "3i", *map(str, range(4, 17))]
