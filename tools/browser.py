"""Print the path of a Chromium that runs, and install one first if the machine has none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def main() -> None:
    """Look, else ask apt, else ask Playwright, else say what to do."""
    named = os.environ.get("SPARROW_CHROMIUM")
    if named and not starts(named):
        raise SystemExit(f"Error: SPARROW_CHROMIUM names {named}, which does not start.")
    chromium = named or find() or (apt() and find()) or (playwright() and find())
    if not chromium:
        raise SystemExit(
            "Error: the tests drive a real Chromium and this machine has none. Install the package "
            "chromium or Google Chrome, or set SPARROW_CHROMIUM to the program of one."
        )
    sys.stdout.write(f"{chromium}\n")


def find() -> str | None:
    """The first candidate that starts; Ubuntu's `chromium` may be a stub that does not."""
    return next(filter(starts, candidates()), None)


def candidates() -> Iterator[str]:
    """Where a Chromium may be: on PATH, the Mac's place, Playwright's own."""
    yield from filter(None, map(shutil.which, NAMES))
    yield MAC
    with sync_playwright() as driver:
        yield driver.chromium.executable_path


def starts(program: str) -> bool:
    """Whether `program` is there and knows its version."""
    if not Path(program).exists():
        return False
    answer = subprocess.run([program, "--version"], capture_output=True, check=False)
    return answer.returncode == 0


def apt() -> bool:
    """Install Debian's Chromium, if that needs no password."""
    if not shutil.which("apt-get"):
        return False
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and not (shutil.which("sudo") and quietly([*root, "true"])):
        return False
    install = [*root, "apt-get", "install", "--yes", "--no-install-recommends", "chromium"]
    return quietly([*root, "apt-get", "update"]) and quietly(install)


def playwright() -> bool:
    """Install the Chromium that Playwright offers for download."""
    return quietly([sys.executable, "-m", "playwright", "install", "chromium"])


def quietly(command: list[str]) -> bool:
    """Run `command` with its output on standard error, where it does not mix with the answer."""
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


if __name__ == "__main__":
    main()
