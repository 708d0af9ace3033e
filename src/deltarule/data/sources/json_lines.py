"""JSON lines: one object a line, whose keys are columns."""

# ruff: noqa: D102 - what the methods do is documented once, on Reader

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from deltarule.data.sources.base import sliced
from deltarule.data.sources.common import common
from deltarule.data.sources.conform import conformed_column
from deltarule.data.sources.content import Content
from deltarule.data.sources.failures import reason, shortened
from deltarule.data.sources.grammar import Block, Grammar, is_blank
from deltarule.data.sources.options import ReadOptions
from deltarule.data.sources.reader import Reader
from deltarule.data.sources.text import encoding_of, utf8_chunks
from deltarule.errors import DataError

# What Arrow writes as it stands in the file; of floats it would change the digits.
SAME_AS_TEXT = (pa.null(), pa.string(), pa.int64(), pa.bool_())
LINES = Grammar("\n", "")  # a newline inside an object is written \n


class JsonLines(Reader):
    """A file of JSON lines. A key that an object lacks is a missing cell.

    pyarrow parses the lines. A block of which it can make no table is parsed by Python, which
    tells the line that is wrong, or reads a column that mixes types as text.
    """

    cells_are_text = True

    def __init__(self, content: Content, options: ReadOptions) -> None:
        self.name, self._content, self._options = content.name, content, options
        self._encoding = options.encoding or encoding_of(content.head())
        types: dict[str, pa.DataType] = {}
        self.n_rows = 0
        for block in self._blocks():
            found, n_rows = self._types(block)
            self.n_rows += n_rows
            for name, type_ in found.items():
                types[name] = common(types.get(name, pa.null()), type_) or pa.string()
        if not types and not self.n_rows:
            raise DataError(f"{self.name} is empty. Name a file that holds a table.")
        known = options.types
        self.schema = pa.schema([(name, known.get(name, types[name])) for name in types])

    def batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for block in self._blocks():
            yield from sliced(self._values(block, schema))

    def origin(self, row: int) -> str:
        for block in self._blocks():
            for i, line in enumerate(block.data.split(b"\n")):
                row -= bool(line.strip())
                if row < 0:
                    return f"{self.name}, line {block.line + i}"
        return f"{self.name}, row {row + 1} after its end"

    def _blocks(self) -> Iterator[Block]:
        for block in LINES.blocks(utf8_chunks(self._content, self._encoding), self.name):
            if not is_blank(block.data):
                yield block

    def _types(self, block: Block) -> tuple[dict[str, pa.DataType], int]:
        """Return the types that the columns have in a block, and its number of rows."""
        try:
            table = _parsed(block.data)
        except pa.ArrowInvalid:
            table = None
        if table is None or table.num_rows != _count(block):  # two objects on one line
            rows = self._objects(block)
            return self._types_of_objects(rows), len(rows)
        return {name: self._type_of(table[name]) for name in table.column_names}, table.num_rows

    def _type_of(self, column: pa.ChunkedArray) -> pa.DataType:
        if column.type == pa.string() and self._options.missing:
            words = pa.array(list(self._options.missing), pa.string())
            present = pc.drop_null(column)
            return pa.null() if pc.all(pc.is_in(present, words)).as_py() else column.type
        return column.type

    def _types_of_objects(self, rows: list[dict[str, Any]]) -> dict[str, pa.DataType]:
        """Return the types that pyarrow finds for each column by itself; text where it fails."""
        types: dict[str, pa.DataType] = {}
        for name in {key: None for row in rows for key in row}:
            cells = [json.dumps({"x": self._present(row.get(name))}) for row in rows]
            try:
                types[name] = _parsed("\n".join(cells).encode())["x"].type
            except pa.ArrowInvalid:
                types[name] = pa.string()
        return types

    def _values(self, block: Block, schema: pa.Schema) -> pa.RecordBatch:
        """Return a block's rows as values of these types."""
        try:
            columns = self._columns(block, schema)
        except (pa.ArrowException, DataError):
            rows = self._objects(block)
            columns = [self._column(block, rows, field) for field in schema]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    def _columns(self, block: Block, schema: pa.Schema) -> list[pa.Array]:
        """Return a block's columns as pyarrow parses them; or raise, where it does not."""
        try:
            table = _parsed(block.data, schema, others="ignore")
        except pa.ArrowInvalid:
            # Text in other blocks may be integers in all of this one.
            text = [field.name for field in schema if field.type == pa.string()]
            table = _parsed(block.data, pa.schema([f for f in schema if f.name not in text]))
            odd = [name for name in text if name in table.schema.names]
            if any(table.schema.field(name).type not in SAME_AS_TEXT for name in odd):
                raise
        missing, where = self._options.missing, f"{self.name}, from line {block.line} on,"
        none = pa.nulls(table.num_rows)
        found = {name: table[name].combine_chunks() for name in table.column_names}
        return [conformed_column(found.get(f.name, none), f, missing, where) for f in schema]

    def _objects(self, block: Block) -> list[dict[str, Any]]:
        rows = []
        for i, line in enumerate(block.data.split(b"\n")):
            if not line.strip():
                continue
            try:
                rows.append(_object(line))
            except (ValueError, RecursionError) as error:
                raise DataError(
                    f"{self.name}, line {block.line + i}: {reason(error)}: "
                    f"{shortened(line.decode().strip())!r}. Each line has to be one JSON object, "
                    'such as {"a": 1}.'
                ) from error
        return rows

    def _column(self, block: Block, rows: list[dict[str, Any]], field: pa.Field) -> pa.Array:
        cells = [self._present(row.get(field.name)) for row in rows]
        if field.type == pa.string():
            return pa.array([cell if cell is None else _as_text(cell) for cell in cells])
        values = []
        for row, cell in enumerate(cells):
            try:
                values.append(_value(cell, field.type))
            except (pa.ArrowException, OverflowError) as error:
                raise DataError(
                    f"{self._line(block, row)}: {shortened(field.name)!r} is "
                    f"{shortened(repr(cell))}, which cannot be read as {field.type}. Mend the "
                    "cell, list it among the missing ones, or read the column as text."
                ) from error
        return pa.concat_arrays(values)

    def _present(self, cell: Any) -> Any:
        return None if isinstance(cell, str) and cell in self._options.missing else cell

    def _line(self, block: Block, row: int) -> str:
        lines = [i for i, line in enumerate(block.data.split(b"\n")) if line.strip()]
        return f"{self.name}, line {block.line + lines[row]}"


def _parsed(data: bytes, schema: pa.Schema | None = None, others: str = "infer") -> pa.Table:
    return pa_json.read_json(
        pa.BufferReader(data),
        pa_json.ReadOptions(use_threads=False, block_size=len(data) + 1),
        pa_json.ParseOptions(
            explicit_schema=schema,
            unexpected_field_behavior=others,
        ),
    )


def _count(block: Block) -> int:
    return sum(bool(line.strip()) for line in block.data.split(b"\n"))


def _object(line: bytes) -> dict[str, Any]:
    parsed = json.loads(line, object_pairs_hook=_distinct)
    if not isinstance(parsed, dict):
        raise ValueError(f"this is no object but a {type(parsed).__name__}")
    return parsed


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {twice!r} is there more than once")
    return found


def _as_text(cell: Any) -> str:
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _value(cell: Any, type_: pa.DataType) -> pa.Array:
    is_whole = type(cell) is int and pa.types.is_floating(type_)
    return pa.array([float(cell) if is_whole else cell]).cast(type_)
