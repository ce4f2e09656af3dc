"""Resolve requirements.lock and requirements-dev.lock anew from pyproject.toml, for every platform.

The files name versions and hashes but no package index: uv asks the one that pip is configured for.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "build" / "lock"
LOCKS = {
    "requirements.lock": ["--extra=build"],
    "requirements-dev.lock": ["--extra=build", "--extra=dev", "--constraint=requirements.lock"],
}


def main() -> None:
    """Install uv beside the project, never into its environment, and compile both files."""
    subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
    subprocess.run([str(TOOLS / "bin" / "pip"), "install", "--quiet", "uv"], check=True)
    for lock, contents in LOCKS.items():
        options = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-header"]
        options += ["--no-emit-index-url", "--quiet", f"--output-file={lock}"]
        command = [
            str(TOOLS / "bin" / "uv"),
            "pip",
            "compile",
            *options,
            *contents,
            "pyproject.toml",
        ]
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | index())


def index() -> dict[str, str]:
    """The index of pip's configuration, as uv wants to be told it; empty for the public one."""
    pip = [str(TOOLS / "bin" / "pip"), "config", "get", "global.index-url"]
    answer = subprocess.run(pip, capture_output=True, text=True, check=False)
    configured = os.environ.get("PIP_INDEX_URL") or answer.stdout.strip()
    return {"UV_DEFAULT_INDEX": configured} if configured else {}


if __name__ == "__main__":
    main()
