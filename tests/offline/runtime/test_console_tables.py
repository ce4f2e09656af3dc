import io

from rich.console import Console
from rich.table import Table

from offline.runtime.console_tables import print_full_table


def test_a_narrow_console_cuts_no_figure() -> None:
    table = Table("", *(f"figure {number}" for number in range(20)))
    table.add_row("flow", *(f"0.{number:04} ± 0.0170" for number in range(20)))
    out = io.StringIO()
    print_full_table(Console(file=out, width=40), table)
    assert "figure 19" in out.getvalue()
    assert all(f"0.{number:04} ± 0.0170" in out.getvalue() for number in range(20))
