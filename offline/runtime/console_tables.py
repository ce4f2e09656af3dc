"""Tables on the console."""

from rich.console import Console
from rich.table import Table

MAX_WIDTH = 1_000
"""Columns that no table needs."""


def print_full_table(console: Console, table: Table) -> None:
    """Prints every figure of a table in full: a narrow terminal folds lines, a file keeps them."""
    needed = console.measure(table, options=console.options.update(width=MAX_WIDTH)).maximum
    Console(file=console.file, width=max(console.width, needed)).print(table)
