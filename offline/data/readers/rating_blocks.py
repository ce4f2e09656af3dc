"""Reading ratings in blocks of lines, millions of rows a second, in memory that does not grow."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from offline.data.readers.layouts import RATING_COLUMNS, FileFormat
from offline.data.readers.text_rows import decode, read_columns, split_fields

_BYTES = 8 << 20
_COMMA_OR_TAB = {",": ",", "\t": "\t", "::": "\t"}


@dataclass(frozen=True)
class RatingBlock:
    """Consecutive lines of a ratings file.

    first: number of the first line, from 1.
    columns: the four rating columns as float64, NaN where a field is no number.
    malformed: True for lines with a wrong number of fields.
    text: the lines' bytes.
    """

    first: int
    columns: dict[str, np.ndarray]
    malformed: np.ndarray
    text: bytes

    def __len__(self) -> int:
        return len(self.malformed)

    def lines(self) -> list[str]:
        """Each line's text."""
        return [decode(line) for line in _split_lines(self.text)]


def read_blocks(stream: IO[bytes], form: FileFormat, name: str) -> Iterator[RatingBlock]:
    """All lines of a ratings file behind its header, in order. `DataError` for a bad header."""
    columns = read_columns(stream, form, name)
    number = 1 if form.columns is not None else 2
    for text in _whole_lines(stream):
        values, malformed = _parse(text, form.separator, columns)
        yield RatingBlock(number, values, malformed, text)
        number += len(malformed)


def _whole_lines(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(_BYTES):
        complete, newline, tail = block.rpartition(b"\n")
        if newline:
            yield rest + complete + newline
            rest = tail
        else:
            rest += block
    if rest:
        yield rest


def _split_lines(text: bytes) -> list[bytes]:
    lines = text.split(b"\n")
    return lines[:-1] if not lines[-1] else lines


def _parse(
    text: bytes, separator: str, columns: tuple[str, ...]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Read a block as a whole; only if a line in it cannot be read, line by line."""
    count = text.count(b"\n") + (not text.endswith(b"\n"))
    try:
        table = _parse_whole(text, separator, columns)
    except pa.ArrowInvalid:
        return _parse_lines(text, separator, columns)
    if table.num_rows != count:
        return _parse_lines(text, separator, columns)
    values = {name: table[name].to_numpy() for name in RATING_COLUMNS}
    return values, np.zeros(count, dtype=bool)


def _parse_whole(text: bytes, separator: str, columns: tuple[str, ...]) -> pa.Table:
    plain = text.replace(separator.encode(), b"\t") if len(separator) > 1 else text
    return csv.read_csv(
        io.BytesIO(plain),
        csv.ReadOptions(column_names=list(columns), block_size=len(plain) + 1),
        csv.ParseOptions(delimiter=_COMMA_OR_TAB[separator], ignore_empty_lines=False),
        csv.ConvertOptions(
            column_types=dict.fromkeys(RATING_COLUMNS, pa.float64()),
            include_columns=list(RATING_COLUMNS),
        ),
    )


def _parse_lines(
    text: bytes, separator: str, columns: tuple[str, ...]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    rows = [split_fields(decode(line), separator) for line in _split_lines(text)]
    malformed = np.array([len(row) != len(columns) for row in rows], dtype=bool)
    values = {}
    for name in RATING_COLUMNS:
        at = columns.index(name)
        fields = (
            "" if is_malformed else row[at]
            for row, is_malformed in zip(rows, malformed, strict=True)
        )
        values[name] = np.fromiter(map(parse_number, fields), dtype=np.float64, count=len(rows))
    return values, malformed


def parse_number(text: str) -> float:
    """A field as a number; NaN where it is none."""
    try:
        return float(text.replace("_", "x"))  # Python alone takes "1_000" for a number
    except ValueError:
        return float("nan")
