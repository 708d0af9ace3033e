"""Finding out from its beginning how a delimited text file is written."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from deltarule.data.sources.cells import MISSING_WORDS
from deltarule.data.sources.grammar import Grammar, Record
from deltarule.data.sources.options import ReadOptions

SAMPLE = 2**18  # bytes
RECORDS = 1000  # of the sample, at most
DELIMITERS = ",;\t|"
SPACE = " "  # the last resort: text has spaces too
CONSISTENT = 0.5  # of the records have as many cells as the first, or it is no delimiter
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?[iI]nf(inity)?")
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d.*)?")

Rows = list[list[str]]


@dataclass(frozen=True)
class Dialect:
    """How a delimited text file is written.

    Attributes
    ----------
    grammar : Grammar
        How cells and records are told apart.
    header : bool
        Whether the first record names the columns.
    decimal : str
        The decimal separator.
    """

    grammar: Grammar
    header: bool
    decimal: str


def detect(sample: bytes, options: ReadOptions) -> Dialect:
    """Find out how a file is written that begins like this; the options decide what they name."""
    quote = _quote(sample) if options.quote is None else options.quote
    wanted = options.delimiter
    candidates = [d for d in DELIMITERS + SPACE if d.encode() in sample] or [DELIMITERS[0]]
    grammars = [_grammar(sample, d, quote) for d in ([wanted] if wanted else candidates)]
    rows = {grammar: _rows(sample, grammar) for grammar in grammars}
    grammar = grammars[0] if wanted else _most_consistent(rows)
    found = rows.get(grammar) or _rows(sample, grammar)
    decimal = options.decimal or _decimal(found, grammar.delimiter, options.missing)
    header = options.header
    if header is None:
        header = _has_header(found, decimal, options)
    is_single = bool(found) and len(found[0]) == 1
    grammar = Grammar(grammar.delimiter, quote, grammar.spaced, keeps_blank=is_single)
    return Dialect(grammar, header, decimal)


def _quote(sample: bytes) -> str:
    """Return ' where cells are enclosed in it and none begins with a double quote, else "."""
    begins = rb"(?:^|[,;\t|] ?)"
    if re.search(begins + b'"', sample, re.MULTILINE):
        return '"'
    opened = len(re.findall(begins + b"'", sample, re.MULTILINE))
    closed = len(re.findall(begins + rb"'(?:[^'\r\n]|'')*'(?=[,;\t|\r\n]|$)", sample, re.MULTILINE))
    return "'" if 0 < opened == closed else '"'


def _grammar(sample: bytes, delimiter: str, quote: str) -> Grammar:
    """Return the grammar with a delimiter, spaced if a space follows each delimiter."""
    spaced = Grammar(delimiter, quote, spaced=True)
    if delimiter == SPACE:
        return spaced
    gaps, n_delimiters = 0, 0
    if delimiter.encode() + b" " in sample:
        for record in islice(spaced.records(sample), RECORDS):
            n_delimiters += len(record.cells) - 1
            gaps += _gaps(sample, record, delimiter)
    return spaced if 0 < n_delimiters <= gaps else Grammar(delimiter, quote)


def _gaps(sample: bytes, record: Record, delimiter: str) -> int:
    """Return how many delimiters of a record have a space or nothing behind them."""
    raw = sample[record.start : record.end].rstrip(b"\r\n")
    mark = delimiter.encode()
    return raw.count(mark + b" ") + raw.endswith(mark)


def _rows(sample: bytes, grammar: Grammar) -> Rows:
    records = islice(grammar.records(sample), RECORDS)
    return [[cell.decode(errors="replace") for cell in record.cells] for record in records]


def _most_consistent(rows: dict[Grammar, Rows]) -> Grammar:
    """Return the grammar in which most records have as many cells as the first.

    Among equals it is the one in which more cells are numbers: of ``1,5;2,5`` the semicolon.
    """
    scores = {}
    for grammar, records in rows.items():
        width = len(records[0]) if records else 1
        consistency = sum(len(record) == width for record in records) / max(1, len(records))
        is_space = grammar.delimiter == SPACE
        if width > 1 and consistency >= (1.0 if is_space else CONSISTENT):
            numbers = _share_of_numbers(records, "." if grammar.delimiter == "," else ".,")
            if numbers or not is_space:
                scores[grammar] = (not is_space, consistency, numbers)
    comma = Grammar(DELIMITERS[0], next(iter(rows)).quote)
    return max(scores, key=lambda grammar: scores[grammar], default=comma)


def _share_of_numbers(rows: Rows, decimals: str) -> float:
    cells = [cell for row in rows for cell in row]
    return sum(any(_is_number(cell, d) for d in decimals) for cell in cells) / max(1, len(cells))


def _is_number(cell: str, decimal: str) -> bool:
    if decimal == ",":
        cell = "." if "." in cell else cell.replace(",", ".")
    return NUMBER.fullmatch(cell.strip()) is not None


def _decimal(rows: Rows, delimiter: str, missing: Collection[str]) -> str:
    """Return a comma where some column is numbers only with it, and none only with a point."""
    if delimiter == ",":
        return "."
    votes: Counter[str] = Counter()
    for column in _columns(rows[1:] or rows):
        present = [cell for cell in column if not _is_missing(cell, missing)]
        fits = [d for d in ".," if present and all(_is_number(cell, d) for cell in present)]
        votes.update(fits if len(fits) == 1 else [])
    return "," if votes[","] and not votes["."] else "."


def _has_header(rows: Rows, decimal: str, options: ReadOptions) -> bool:
    """Return whether the first record names the columns; when in doubt, it does.

    It does where text stands above numbers, and does not where numbers stand above numbers, or
    where most of its words stand below it again.
    """
    first, below = rows[0] if rows else [], _columns(rows[1:])
    if not below or set(first) & set(options.types):
        return True
    votes = recurring = words = 0
    for cell, column in zip(first, below, strict=False):
        present = [value for value in column if not _is_missing(value, options.missing)]
        if _is_missing(cell, options.missing) or not present:
            continue
        is_value = _is_value(cell, decimal)
        if all(_is_value(value, decimal) for value in present):
            votes += -1 if is_value else 1
        words += not is_value
        recurring += not is_value and cell in present
    if votes:
        return votes > 0
    holds_values = any(_is_value(cell, decimal) for cell in first)
    return not holds_values and not recurring > words / 2


def _is_value(cell: str, decimal: str) -> bool:
    return _is_number(cell, decimal) or DATE.fullmatch(cell.strip()) is not None


def _is_missing(cell: str, missing: Collection[str]) -> bool:
    return cell in ("", *MISSING_WORDS) or cell in missing


def _columns(rows: Sequence[list[str]]) -> list[list[str]]:
    """Return columns of the records that have as many cells as most of them."""
    if not rows:
        return []
    width = Counter(map(len, rows)).most_common(1)[0][0]
    return [
        list(column) for column in zip(*(row for row in rows if len(row) == width), strict=True)
    ]
