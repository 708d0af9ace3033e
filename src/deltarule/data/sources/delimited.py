"""CSV and its kin: text with a delimiter between cells."""

# ruff: noqa: D102 - what the methods do is documented once, on Reader

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.csv as pa_csv

from deltarule.data.sources.base import require_distinct, sliced
from deltarule.data.sources.cells import ColumnScan, Rules, convert, first_misfit
from deltarule.data.sources.content import Content
from deltarule.data.sources.dialect import SAMPLE, detect
from deltarule.data.sources.failures import reason, shortened
from deltarule.data.sources.files import MAX_LINE, endless
from deltarule.data.sources.grammar import Block, is_blank, newlines
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.reader import Reader
from deltarule.data.sources.text import OLD, UndecodableError, encoding_of, utf8_chunks
from deltarule.errors import DataError
from deltarule.warn import warn

KINDS = {pa.int64(): "whole number", pa.float64(): "number"}


class Delimited(Reader):
    """A CSV file.

    The first pass, in the constructor, finds the type that holds for every cell of a column; each
    later one reads the cells as values of the types that are asked for. Neither holds more than
    a block of some megabytes.
    """

    cells_are_text = True

    def __init__(self, content: Content, options: ReadOptions) -> None:
        self.name, self._content, self._options = content.name, content, options
        self._encoding = options.encoding or encoding_of(content.head())
        try:
            self._scan()
        except UndecodableError as error:
            if options.encoding is not None or self._encoding != "utf-8":
                raise
            self._scan_as_old_text(error)

    def batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for block in self._blocks():
            cells = self._parsed(block, schema.names)
            columns = [self._values(block, cells, field) for field in schema]
            yield from sliced(pa.RecordBatch.from_arrays(columns, schema=schema))

    def origin(self, row: int) -> str:
        for block in self._blocks():
            n_rows = self._parsed(block, self.schema.names[:1]).num_rows
            if row < n_rows:
                return f"{self.name}, line {self._line(block, row)}"
            row -= n_rows
        return f"{self.name}, row {row + 1} after its end"

    @property
    def has_header(self) -> bool:
        """Whether the first record names the columns."""
        return self._dialect.header

    def _scan(self) -> None:
        self._dialect = detect(self._sample(), self._options)
        self._rules = Rules(self._options.missing, self._dialect.decimal)
        self._names = self._column_names()
        known = self._options.types
        scans = {name: ColumnScan(self._rules) for name in self._names if name not in known}
        n_rows = 0
        for block in self._blocks():
            cells = self._parsed(block, self._names)
            n_rows += cells.num_rows
            for name, scan in scans.items():
                scan.see(cells[name])
            for name in known.keys() & self._names:
                self._values(block, cells, pa.field(name, known[name]))
        self.n_rows = n_rows
        self.schema = pa.schema(
            [(name, scans[name].type if name in scans else known[name]) for name in self._names]
        )

    def _scan_as_old_text(self, error: UndecodableError) -> None:
        """Read what is no UTF-8 as what it most probably is, and say so."""
        if b"\0" in self._content.head():
            raise DataError(
                f"{self.name} is neither text nor in a format that is known. It can be CSV, "
                "Parquet, Arrow, JSON lines or IDX."
            ) from error
        for self._encoding in OLD:
            try:
                self._scan()
            except UndecodableError:
                continue
            break
        warn(
            f"{self.name}, line {error.line}, is not UTF-8. The file is read as {self._encoding}; "
            "where its letters come out wrong, set the encoding that it was written in."
        )

    def _sample(self) -> bytes:
        """Return the beginning of the file, whole lines of it where it has more than one."""
        sample = b""
        for chunk in self._chunks():
            sample += chunk
            lines = newlines(sample)
            if len(sample) > SAMPLE and (lines > 1 or len(sample) > MAX_LINE):
                if not lines:
                    raise endless(self.name, 1)
                break
        if is_blank(sample):
            raise DataError(f"{self.name} is empty: there is not even a line of column names.")
        short = sample.lstrip(b"\r\n")[:SAMPLE] if newlines(sample[:SAMPLE]) > 1 else sample
        last = max(short.rfind(b"\n"), short.rfind(b"\r")) + 1
        return short[:last] if last > 0 and len(short) >= SAMPLE else short + b"\n"

    def _chunks(self) -> Iterator[bytes]:
        return utf8_chunks(self._content, self._encoding)

    def _column_names(self) -> list[str]:
        grammar = self._dialect.grammar
        blocks = grammar.blocks(self._chunks(), self.name)
        first = next(block for block in blocks if not is_blank(block.data))
        cells = next(grammar.records(first.data.lstrip(b"\r\n"))).cells
        if not self._dialect.header:
            return [f"column{i + 1}" for i in range(len(cells))]
        names = [cell.decode() for cell in cells]
        require_distinct(names, self.name)
        return names

    def _blocks(self) -> Iterator[Block]:
        """Go through the blocks of rows; the header is none."""
        grammar, is_header = self._dialect.grammar, self._dialect.header
        is_first = True
        for block in grammar.blocks(self._chunks(), self.name):
            data, line = block.data, block.line
            if is_first:
                data = data.lstrip(b"\r\n")
                line += newlines(block.data[: len(block.data) - len(data)])
            if is_first and is_header and data:
                end = next(grammar.records(data)).end
                data, line = data[end:], line + newlines(data[:end])
            is_first = is_first and is_blank(block.data)
            if data and (grammar.keeps_blank or not is_blank(data)):
                yield Block(data, line)

    def _parsed(self, block: Block, names: list[str]) -> pa.RecordBatch:
        """Return some columns of a block, as text."""
        grammar = self._dialect.grammar
        data = grammar.plain(block.data)
        # Names of columns would have to be UTF-8 and distinct, their numbers are.
        numbers = [str(i) for i in range(len(self._names))]
        wanted = [str(self._names.index(name)) for name in names]
        try:
            table = pa_csv.read_csv(
                pa.BufferReader(data),
                # pyarrow's own threads, where any are left at exit, end one process in a hundred
                # with SIGABRT.
                pa_csv.ReadOptions(
                    use_threads=False, block_size=len(data) + 1, column_names=numbers
                ),
                pa_csv.ParseOptions(
                    delimiter=grammar.delimiter,
                    quote_char=grammar.quote or False,
                    newlines_in_values=True,
                    ignore_empty_lines=not grammar.keeps_blank,
                ),
                pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(numbers, pa.string()),
                    include_columns=wanted,
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid as error:
            raise self._ragged(block, error) from error
        columns = [column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(columns, names)

    def _ragged(self, block: Block, error: pa.ArrowInvalid) -> DataError:
        width = len(self._names)
        for record in self._dialect.grammar.records(block.data):
            if len(record.cells) != width:
                line = block.line + newlines(block.data[: record.start])
                text = block.data[record.start : record.end].decode().rstrip("\r\n")
                return DataError(
                    f"{self.name}, line {line}: {len(record.cells)} cells where the "
                    f"{'header' if self.has_header else 'first row'} has {width} (delimiter "
                    f"{self._dialect.grammar.delimiter!r}): {shortened(text)!r}. Mend the row, or "
                    "set the delimiter or the quote."
                )
        return DataError(f"{self.name}, from line {block.line} on, is no CSV: {reason(error)}.")

    def _values(self, block: Block, cells: pa.RecordBatch, field: pa.Field) -> pa.Array:
        column = cells[field.name]
        try:
            return convert(column, field.type, self._rules)
        except pa.ArrowException as error:
            row = first_misfit(column, field.type, self._rules)
            cell = column[row].as_py()
            raise DataError(
                f"{self.name}, line {self._line(block, row)}: column {shortened(field.name)!r} "
                f"holds {shortened(cell)!r}, which is no {KINDS.get(field.type, field.type)}. "
                "Mend the cell, or say that it means missing (--missing)."
            ) from error

    def _line(self, block: Block, row: int) -> int:
        for i, record in enumerate(self._dialect.grammar.records(block.data)):
            if i == row:
                return block.line + newlines(block.data[: record.start])
        return block.line


def like(first: Reader, options: ReadOptions) -> ReadOptions:
    """Return the options to read further files of the same table with: headers are in all."""
    if isinstance(first, Delimited) and options.header is None:
        return replace(options, header=first.has_header)
    return options
