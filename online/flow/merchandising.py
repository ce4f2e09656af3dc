"""Merchandising rules, read from a TOML file: movies that are pinned, boosted or demoted."""

from __future__ import annotations

import logging
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from xxhash import xxh3_64_hexdigest

from sparrow.errors import ConfigurationError

logger = logging.getLogger(__name__)


class Rule(BaseModel):
    """One `[[rule]]` of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=64, description="What `explain` and traces say.")
    action: Literal["pin", "boost", "demote"]
    movies: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1, max_length=100)
    place: int = Field(1, ge=1, le=100, description="Where the first pinned movie goes.")
    places: int = Field(10, ge=1, le=1000, description="How far a movie is boosted or buried.")
    flows: tuple[str, ...] = Field(("home",), description="In whose lists it holds.")
    reason: str = Field("Picked by the house", description="What is said of a pinned movie.")


class Rules(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: tuple[Rule, ...] = ()


class RulesFile:
    """The rules of a file, read again when it changes; an invalid change is logged and ignored."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigurationError if the file cannot be read or is invalid."""
        self._path = path
        self._changed = _changed(path)
        self._rules = read_rules(path)
        self._fingerprints: dict[str, str] = {}

    def of(self, flow: str) -> tuple[Rule, ...]:
        """The current rules of a flow, in the file's order."""
        self._follow()
        return tuple(rule for rule in self._rules if flow in rule.flows)

    def fingerprint(self, flow: str) -> str:
        """A hash of the current rules of a flow, the same in every process."""
        self._follow()
        if flow not in self._fingerprints:
            self._fingerprints[flow] = xxh3_64_hexdigest(repr(self.of(flow)).encode())
        return self._fingerprints[flow]

    def _follow(self) -> None:
        changed = _changed(self._path)
        if changed != self._changed:
            self._changed, self._fingerprints = changed, {}
            try:
                self._rules = read_rules(self._path)
            except ConfigurationError:
                logger.exception("The rules before the change stay in force")


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules in a file; ConfigurationError names the line or field that is wrong."""
    try:
        rules = Rules.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).rule
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"Expected rules in TOML in {path}: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(f"The rules in {path} are not valid: {faults}") from error
    names = [rule.name for rule in rules]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"Expected rules of different names in {path}, got {names}.")
    return rules


def _changed(path: Path) -> int:
    """Modification time in nanoseconds; 0 if the file does not exist."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
