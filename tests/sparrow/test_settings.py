"""Settings refuse what no part of Sparrow could act on."""

import pytest
from pydantic import ValidationError

from sparrow.settings import Settings


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("scorer", ("savedmodel", "embedding"), ("saved_model", "tensorflow", "")),
        ("log_level", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), ("LOUD", "10", "")),
    ],
)
def test_choices_are_what_there_is(name, good, bad, monkeypatch):
    for value in good:
        monkeypatch.setenv(f"SPARROW_{name.upper()}", value)
        assert getattr(Settings(_env_file=None), name) == value
    for value in bad:
        monkeypatch.setenv(f"SPARROW_{name.upper()}", value)
        with pytest.raises(
            ValidationError, match=f"Settings\n{name}\n  Input should be '{good[0]}'"
        ):
            Settings(_env_file=None)
