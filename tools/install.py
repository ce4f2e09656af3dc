"""Make `.venv` hold exactly what a lock file names: `python3 tools/install.py requirements.lock`.

Does nothing if that was done before and neither the lock file nor the project's own metadata has
changed since. Written for any Python 3, since an unsupported one must be able to say that it is.
"""

import hashlib
import os
import pathlib
import subprocess
import sys

OLDEST, TOO_NEW = (3, 11), (3, 14)
ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(lock):
    """Install `lock` and the project; the stamp comes last, so what is cut short is redone."""
    stamp = VENV / ("installed." + lock.name)
    wanted = fingerprint(lock)
    if stamp.is_file() and stamp.read_text() == wanted and runs():
        return
    if not runs():
        create()
    say("Installing what " + lock.name + " names into .venv; about 3 GB the first time.")
    pip("install", "--require-hashes", "--requirement", str(lock))
    pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp.write_text(wanted)


def fingerprint(lock):
    """Hash of everything that decides what is installed."""
    parts = [lock.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def runs():
    """Whether .venv holds a Python that Sparrow supports, with pip."""
    check = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {TOO_NEW})"
    try:
        return subprocess.call([str(PYTHON), "-c", check], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def create():
    """Create .venv afresh with the Python that runs this."""
    version = sys.version_info[:2]
    if not OLDEST <= version < TOO_NEW:
        raise SystemExit(
            "Error: Sparrow needs Python 3.11, 3.12 or 3.13, and {} is {}.{}. "
            "Name another one: make setup PYTHON=/path/to/python3.12".format(
                sys.executable, *version
            )
        )
    say("Creating .venv with Python {}.{}.".format(*version))
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.call(command) != 0:
        raise SystemExit(
            "Error: Python could not create .venv (see above). "
            "On Debian and Ubuntu it needs the package python3-venv."
        )


def pip(*arguments):
    """Run pip as the user configured it: index, certificates and cache are not ours to choose."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    if subprocess.call(command, cwd=str(ROOT)) != 0:
        raise SystemExit(
            "Error: pip could not install (see above). Check the network, the package index that "
            "pip is configured for and the space on the disk, then run the same command again."
        )


def say(line):
    """Write a line for the person who waits."""
    sys.stderr.write(line + os.linesep)


if __name__ == "__main__":
    try:
        main(ROOT / sys.argv[1])
    except KeyboardInterrupt:
        raise SystemExit("Stopped; run the same command again to go on.") from None
