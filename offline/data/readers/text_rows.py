"""Reading text files row by row, keeping each row's line number and words as they were."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from offline.data.readers.layouts import FileFormat, header_columns
from sparrow.errors import DataError


@dataclass(frozen=True)
class TextRow:
    """One row: the number of its last line from 1, its text, its fields by column.

    fields: None where the row has not as many fields as it should.
    """

    line: int
    raw: str
    fields: dict[str, str] | None


def decode(raw: bytes) -> str:
    """A line's text without its end: UTF-8, or latin-1 as in the older data sets."""
    raw = raw.rstrip(b"\r\n")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def read_columns(stream: IO[bytes], form: FileFormat, name: str) -> tuple[str, ...]:
    """The file's columns; takes the header line off `stream` if the format has one.

    Raises `DataError` if a needed column is missing.
    """
    if form.columns is not None:
        return form.columns
    columns = header_columns(decode(stream.readline()).removeprefix("\ufeff"))
    if missing := [column for column in form.needs if column not in columns]:
        raise DataError(
            f"{name}: expected a header with columns {', '.join(form.needs)}; "
            f"missing {', '.join(missing)}; came {', '.join(columns)}."
        )
    return columns


def read_rows(stream: IO[bytes], form: FileFormat, name: str) -> Iterator[TextRow]:
    """Every row that is not blank, for tables of up to some millions of rows."""
    columns = read_columns(stream, form, name)
    first = 1 if form.columns is not None else 2
    split = _split_quoted if form.separator == "," else _split_plain
    for line, raw, fields in split(stream, form.separator, first):
        if raw.strip():
            whole = len(fields) == len(columns)
            yield TextRow(line, raw, dict(zip(columns, fields, strict=True)) if whole else None)


def split_fields(line: str, separator: str) -> list[str]:
    """The fields of one line, quotes taken off where the separator allows them; [] for rubbish."""
    if separator != ",":
        return line.split(separator)
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _split_plain(
    stream: IO[bytes], separator: str, first: int
) -> Iterator[tuple[int, str, list[str]]]:
    for number, raw in enumerate(stream, first):
        text = decode(raw)
        yield number, text, text.split(separator)


def _split_quoted(stream: IO[bytes], _: str, first: int) -> Iterator[tuple[int, str, list[str]]]:
    """Rows of a CSV file, which may run over several lines within quotes."""
    lines: list[str] = []

    def recorded() -> Iterator[str]:
        for raw in stream:
            lines.append(decode(raw))
            yield lines[-1] + "\n"

    reader = csv.reader(recorded())
    number = first - 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a quote that is never closed: not a row, and the reader goes on behind
            fields = []
        number += len(lines)
        yield number, "\n".join(lines), fields
        lines.clear()
