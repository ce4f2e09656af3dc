"""Settings refuse what no part of Sparrow could act on."""

import pytest
from pydantic import ValidationError

from sparrow.settings import Settings


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "scorer",
            ("savedmodel", "embedding", "tfserving://ranks:8501"),
            ("saved_model", "tensorflow", "", "tfserving://", "tfserving://ranks"),
        ),
        ("log_level", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), ("LOUD", "10", "")),
    ],
)
def test_choices_are_what_there_is(name, good, bad, monkeypatch):
    for value in good:
        monkeypatch.setenv(f"SPARROW_{name.upper()}", value)
        assert getattr(Settings(_env_file=None), name) == value
    for value in bad:
        monkeypatch.setenv(f"SPARROW_{name.upper()}", value)
        with pytest.raises(ValidationError, match=rf"Settings\n{name}\n.*{good[0]}"):
            Settings(_env_file=None)
