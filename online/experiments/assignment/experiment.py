"""What an experiment is: its layer, its variants, and the part of the users that it has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from typing import Annotated
from uuid import uuid4

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from online.types import BanditName

BUCKETS = 10_000
"""Parts that a layer divides the users into; shares are multiples of one of them."""

LATEST = 253_402_300_799  # the last second of the year 9999
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Time = Annotated[int, Field(ge=0, le=LATEST)]
Range = tuple[int, int]
"""Buckets from the first number up to, but without, the second."""


class Status(StrEnum):
    """Where an experiment is in its life."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"


class Method(StrEnum):
    """How variants are compared."""

    SPLIT = "split"  # each user gets the lists of one
    INTERLEAVED = "interleaved"  # each list has movies of both, and clicks are votes


class Parameters(BaseModel):
    """What a variant sets in the query of a list; what is unset stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    flow: str | None = None
    model: str | None = None
    bandit: BanditName | None = None
    diversity: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    popularity: float | None = Field(default=None, ge=-1, le=1, allow_inf_nan=False)
    freshness: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)

    @cached_property
    def given(self) -> Mapping[str, object]:
        """What is set, by the name of the query's field."""
        return self.model_dump(exclude_none=True)


class Variant(BaseModel):
    """One of the treatments that are compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    share: Share = Field(description="Of the experiment's users.")
    parameters: Parameters = Parameters()


class ExperimentDefinition(BaseModel):
    """An experiment as somebody describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    layer: Name = Field(
        default="default",
        description="Experiments of one layer share no user; layers are independent.",
    )
    salt: str = Field(
        default_factory=lambda: uuid4().hex,
        max_length=64,
        description="Decides who gets which variant; made if absent.",
    )
    on: str = Field(default="home", description="The flow whose lists it may change.")
    method: Method = Field(
        default=Method.SPLIT,
        description="`split`: each user gets one variant. `interleaved`: two variants fill each "
        "list in turns, and clicks are votes.",
    )
    variants: tuple[Variant, ...] = Field(
        min_length=2, max_length=20, description="The first is the control; shares add up to 1."
    )
    share: Share = Field(description="Of all users.")
    first_bucket: int | None = Field(
        default=None,
        ge=0,
        lt=BUCKETS,
        description=f"Where its part of the layer's {BUCKETS:,} buckets starts; free ones if "
        "absent.",
    )
    start_at: Time | None = Field(default=None, description="Not before; seconds since 1970.")
    stop_at: Time | None = Field(default=None, description="No longer than; seconds since 1970.")

    @field_validator("variants")
    @classmethod
    def _whole(cls, variants: tuple[Variant, ...], earlier: ValidationInfo) -> tuple[Variant, ...]:
        if earlier.data.get("method") is Method.INTERLEAVED and len(variants) != 2:
            raise ValueError(f"Expected two variants to interleave, got {len(variants)}.")
        names = [variant.name for variant in variants]
        if len(set(names)) < len(names):
            raise ValueError(f"Expected names that differ, got {', '.join(names)}.")
        total = sum(variant.share for variant in variants)
        if abs(total - 1) > 1 / BUCKETS:
            raise ValueError(f"Expected shares that add up to 1, got {total:g}.")
        return variants

    @property
    def size(self) -> int:
        """How many buckets it needs."""
        return round(self.share * BUCKETS)


class Experiment(ExperimentDefinition):
    """An experiment as it is kept."""

    status: Status = Status.DRAFT
    buckets: tuple[Range, ...] = ()  # of its layer, in the order in which it got them
    created_at: float  # seconds since 1970, as the others
    started_at: float | None = None  # the first time
    stopped_at: float | None = None  # the last time

    def active(self, at: float) -> bool:
        """Whether it changes lists; `at` is in seconds since 1970."""
        begun = self.start_at is None or self.start_at <= at
        ended = self.stop_at is not None and self.stop_at <= at
        return self.status is Status.RUNNING and begun and not ended

    @property
    def ended_at(self) -> float | None:
        """When its lists end, or ended; seconds since 1970."""
        ends = [self.stop_at, self.stopped_at if self.status is Status.STOPPED else None]
        return min((end for end in ends if end is not None), default=None)

    @property
    def labels(self) -> tuple[str, ...]:
        """What answers name as the user's variant, in the order of outcomes."""
        names = tuple(variant.name for variant in self.variants)
        return names if self.method is Method.SPLIT else ("+".join(names),)

    @cached_property
    def varied(self) -> frozenset[str]:
        """The fields of a query that any of its variants sets."""
        return frozenset(name for v in self.variants for name in v.parameters.given)

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where each variant's part of the buckets ends; the last one takes what rounding left."""
        ends = [round(end * BUCKETS) for end in accumulate(v.share for v in self.variants)]
        last = max(place for place, v in enumerate(self.variants) if v.share > 0)
        return (*ends[:last], *[BUCKETS] * (len(ends) - last))

    def variant(self, name: str) -> Variant | None:
        """The variant of this name."""
        return next((v for v in self.variants if v.name == name), None)
