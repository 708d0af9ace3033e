"""What pages of docs/ list is all there is: faults with their tests, public names, pages."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FAULTS = ROOT / "tests" / "faults"
NAMES = re.compile(r"^   ([A-Za-z_.]+)$", re.M)


def read(page):
    return (DOCS / page).read_text(encoding="utf-8")


def test_each_row_of_the_faults_contract_has_its_tests():
    rows = re.findall(r"^\| (\d+) \|.*\| (.*?) \|$", read("faults.md"), re.M)
    assert [int(number) for number, _ in rows] == [n for n in range(1, 60) if n != 58]
    told = {name for _, tests in rows for name in re.findall(r"`(.*?)`", tests)}
    missing = [n for n in told if not ((FAULTS / n).is_file() or (ROOT / n).is_file())]
    assert missing == []
    files = {str(path.relative_to(FAULTS)) for path in FAULTS.rglob("test_[0-9]*.py")}
    assert files - told == set()


@pytest.mark.parametrize("module", ["insight", "callbacks", "export", "network"])
def test_the_reference_has_every_public_name(module):
    page = read("reference/index.md")
    section = page.split(f".. currentmodule:: deltarule.{module}\n")[1].split("```")[0]
    public = set(importlib.import_module(f"deltarule.{module}").__all__)
    assert set(NAMES.findall(section)) == public


def test_the_reference_has_every_error():
    section = read("reference/index.md").split(".. currentmodule:: deltarule.errors\n")[1]
    errors = importlib.import_module("deltarule.errors")
    public = {name for name in vars(errors) if name.endswith("Error")}
    assert set(NAMES.findall(section.split("```")[0])) == public


def test_every_page_is_on_the_way():
    """In a table of contents, and the how-to pages also where one looks for them."""
    index, how_to = read("index.md"), read("how-to/index.md")
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert {name for name in pages if not re.search(rf"^{name}$", index, re.M)} == set()
    tasks = {path.stem for path in (DOCS / "how-to").glob("*.md")} - {"index"}
    assert len(tasks) >= 20
    assert set(re.findall(r"\((.+?)\.md\)", how_to)) == tasks
    assert set(re.findall(r"^([a-z-]+)$", how_to, re.M)) == tasks


@pytest.mark.parametrize("page", sorted((DOCS / "how-to").glob("*.md")), ids=lambda p: p.stem)
def test_a_how_to_page_is_one_screen(page):
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 70


def test_links_between_pages_and_files_lead_somewhere():
    broken = [
        (str(page.relative_to(ROOT)), link)
        for page in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists() and not link.startswith("gallery/")
    ]
    assert broken == []
