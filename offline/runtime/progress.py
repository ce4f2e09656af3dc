"""What the console shows while a step works: what it is, how far it is, how long it has taken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

REFRESH_SECONDS = 0.5


@contextmanager
def progress_spinner(console: Console, title: str, detail: Callable[[], str]) -> Iterator[None]:
    """Shows title, elapsed time and, twice a second, the text of `detail` until the block ends.

    On a console that is no terminal nothing is shown.
    """
    if not console.is_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[detail]}"),
    )
    finished = threading.Event()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title, total=None, detail="")

        def refresh() -> None:
            while not finished.wait(REFRESH_SECONDS):
                progress.update(task, detail=detail())

        watcher = threading.Thread(target=refresh, name="progress", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            watcher.join()
