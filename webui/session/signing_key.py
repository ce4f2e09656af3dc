"""The key that signs cookies and form tokens."""

from __future__ import annotations

import secrets
from pathlib import Path

from filelock import FileLock

from sparrow.settings import Settings
from sparrow.system.files import atomic_write, storage_errors


def signing_key(settings: Settings) -> str:
    """The settings' key, else one kept under the data folder."""
    if settings.cookie_secret is not None:
        return settings.cookie_secret.get_secret_value()
    return _kept(settings.data_dir / "cookie.key")


def _kept(path: Path) -> str:
    """The key in a file, made by the first process that needs it."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # workers start together
            if not path.exists():
                atomic_write(path, secrets.token_urlsafe(32).encode())
                path.chmod(0o600)
            return path.read_text()
