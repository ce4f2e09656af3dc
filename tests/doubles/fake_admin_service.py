"""An administrator's office with figures that are known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from fake_service import HOSTILE, FakeService

from online.admin.comparison import Comparison, compare
from online.admin.daily_impressions import DailyImpressions
from online.admin.dataset_statistics import (
    ColdMovieCount,
    GenreMonth,
    GrowthMonth,
    Percentile,
    RatingDay,
    StarCount,
    Statistics,
)
from online.admin.quality_report import (
    Dataset,
    QualityReport,
    QuarantineReport,
    RatingStatistics,
    RefusedRow,
)
from online.admin.stream_status import ConsumerGroup, Stream
from online.admin.types import Comparables, DataQuality, ExperimentSummary, Monitoring
from online.experiments.assignment.experiment import (
    Experiment,
    ExperimentDefinition,
    Method,
    Status,
    Variant,
)
from online.experiments.experiment_report import ExperimentReport, VariantCounts
from online.experiments.statistics.outcomes import Outcomes
from online.experiments.statistics.preference import preference
from online.experiments.statistics.results import VariantOutcomes, results
from online.serving.health import Dependency, Readiness
from online.serving.metrics_snapshot import (
    ListMetrics,
    MetricsSnapshot,
    RouteMetrics,
    StageMetrics,
    Timing,
)
from online.serving.release_admin import ReleaseChange, ReleaseInfo, ReleaseList
from sparrow.errors import ConflictError, NotFoundError
from sparrow.release.active_release import ReleaseSwitch

NEW, OLD = "20260103T000000-cccccc", "20260101T000000-aaaaaa"


def experiment(name: str, status: Status, method: Method = Method.SPLIT) -> Experiment:
    return Experiment(
        name=name,
        share=0.2,
        method=method,
        variants=(
            Variant(name="control", share=0.5),
            Variant(name="variant", share=0.5, parameters={"model": "din", "diversity": 0.3}),
        ),
        status=status,
        created_at=1_700_000_000.0,
        started_at=None if status is Status.DRAFT else 1_700_000_100.0,
    )


def outcomes(users: int, rate: float) -> Outcomes:
    shown = np.full(users, 20)
    clicks = (np.arange(users) % 10 < 10 * rate).astype(int)
    zeros = np.zeros(users)
    return Outcomes(shown, clicks, zeros, zeros, zeros)


def report(running: Experiment, users: tuple[int, int]) -> ExperimentReport:
    told = results(
        {
            name: VariantOutcomes(outcomes(count, rate), 0.5)
            for name, count, rate in zip(("control", "variant"), users, (0.2, 0.4), strict=True)
        },
        "control",
    )
    counts = tuple(
        VariantCounts(name, count, count, 20 * count, 0, 0, 0)
        for name, count in zip(("control", "variant"), users, strict=True)
    )
    fair = not told.sample_ratio.mismatch
    return ExperimentReport(
        running.name, running.status, running.started_at, None, fair, counts, told, None
    )


def votes(mixed: Experiment) -> ExperimentReport:
    said = preference(np.array([1, 0, 0]), np.array([0, 2, 3]))
    counts = (VariantCounts("control+variant", 3, 3, 60, 6, 0, 0),)
    return ExperimentReport(
        mixed.name, mixed.status, mixed.started_at, None, True, counts, None, said
    )


def kept(release: str, active: bool) -> ReleaseInfo:
    return ReleaseInfo(
        id=release,
        created_at="2026-01-01T00:00:00+00:00",
        dataset={"name": "ml", "fingerprint": "f00d", "counts": {"ratings": 1234}},
        default_model="din",
        metrics={"din": {"auc": 0.7812}, "index_als": {"recall": 0.99}},
        active=active,
        features="feed",
        code_version="1.2.3",
        as_of=900_000_000,
        in_redis=True,
    )


@dataclass
class FakeAdminService:
    """Keeps what it is told to do in `done`; without `redis`, what needs it is unknown."""

    service: FakeService = field(default_factory=FakeService)
    redis: bool = True
    report: bool = True
    serving: str = NEW
    problem: str | None = None
    done: list[tuple[object, ...]] = field(default_factory=list)

    async def readiness(self) -> Readiness:
        redis = Dependency("ok" if self.redis else "degraded", "answers" if self.redis else HOSTILE)
        release = Dependency("degraded" if self.problem else "ok", self.problem or self.serving)
        return Readiness("ready", self.serving, {"redis": redis, "release": release})

    async def monitoring(self) -> Monitoring:
        timing = Timing(1200, 3.4, 12.6)
        measured = MetricsSnapshot(
            (RouteMetrics("/movie/{movie_id}", timing, 7, 2),),
            (
                StageMetrics("home", "score/din", timing, 0),
                StageMetrics("home", "source/als", timing, 3),
            ),
            (ListMetrics("home", "din", True, 55),),
            {"written": 40, "dropped": 1},
        )
        days = (DailyImpressions(20_000, 400, 20, 60, 100), DailyImpressions(20_001, 0, 0, 0, 0))
        return Monitoring(
            await self.readiness(),
            measured,
            600,
            days if self.redis else None,
            (ReleaseSwitch(20_000 * 86_400 + 60, NEW), ReleaseSwitch(1_700_000_000, OLD))
            if self.redis
            else None,
        )

    async def statistics(self) -> Statistics:
        return Statistics(
            NEW,
            (
                RatingDay(date(1998, 1, 1), 10, 2, 3.5),
                RatingDay(date(1998, 1, 3), 30, 4, 3.5),
            ),
            (StarCount(4.0, 40), StarCount(4.5, 20)),
            (
                GenreMonth(date(1998, 1, 1), "Drama", 5, 0.5),
                GenreMonth(date(1998, 2, 1), "Drama", 30, 1.0),
                GenreMonth(date(1998, 1, 1), "Western", 5, 0.5),
            ),
            tuple(Percentile(p, 1, 0.01) for p in range(1, 101)),
            (ColdMovieCount(0, 3), ColdMovieCount(1, 9)),
            (GrowthMonth(date(1998, 1, 1), 7, 7), GrowthMonth(date(1998, 2, 1), 3, 10)),
        )

    async def quality(self) -> DataQuality:
        told = QualityReport(
            dataset=Dataset(
                name="ml",
                source="test",
                fingerprint="f00d",
                counts={"ratings": 1234, "quarantined": 1},
                time_range=(0, 1),
            ),
            quality=RatingStatistics(
                histogram={"4": 40, "5": 20},
                months={"1998-01": 30, "1998-02": 30},
                density=0.0634,
                mean_rating=3.53,
                cold_movies=3,
            ),
            quarantine=QuarantineReport(
                reasons={"bad_rating": 1},
                samples=[RefusedRow(file="u.data", line=3, reason="bad_rating", raw=HOSTILE)],
            ),
        )
        streams = (
            Stream("sparrow:events", 4321, 90.0, (ConsumerGroup("lake", 12, 1),)),
            Stream("sparrow:impressions", 0, None, ()),
        )
        return DataQuality(
            told if self.report else None, self.report, streams if self.redis else None
        )

    async def trials(self) -> tuple[ExperimentSummary, ...]:
        fair = experiment("fair", Status.RUNNING)
        skewed = experiment("skewed", Status.STOPPED)
        mixed = experiment("mixed", Status.RUNNING, Method.INTERLEAVED)
        return (
            ExperimentSummary(fair, report(fair, (500, 500))),
            ExperimentSummary(mixed, votes(mixed)),
            ExperimentSummary(experiment("young", Status.DRAFT), None),
            ExperimentSummary(skewed, report(skewed, (600, 400))),
        )

    async def create(self, definition: ExperimentDefinition) -> None:
        self.done.append(("create", definition))

    async def start(self, name: str) -> None:
        self._known(name)
        self.done.append(("start", name))

    async def stop(self, name: str) -> None:
        self._known(name)
        self.done.append(("stop", name))

    async def ramp(self, name: str, share: float) -> None:
        self.done.append(("ramp", name, share))

    async def delete(self, name: str) -> None:
        self.done.append(("delete", name))

    def _known(self, name: str) -> None:
        if name not in ("fair", "mixed", "young", "skewed"):
            raise NotFoundError(f"There is no experiment {name}.")

    async def comparables(self) -> Comparables:
        flows, plain = ("home", "similar", "discover"), ("home", "discover")
        return Comparables(flows, plain, ("mlp", "din"), {"fair": ("control", "variant")})

    async def compare(self, user_id: int, a: str, b: str) -> Comparison:
        found = await compare(self.service, user_id, a, b)
        lines = found.b.lines
        turned = tuple(
            replace(line, place=other.place, other=line.place)
            for line, other in zip(lines, reversed(lines), strict=True)
        )
        return replace(found, b=replace(found.b, lines=turned[::-1]))

    async def releases(self) -> ReleaseList:
        return ReleaseList(NEW, [NEW, OLD], [kept(NEW, True), kept(OLD, False)])

    async def activate(self, release: str) -> ReleaseChange:
        if release not in (NEW, OLD):
            raise ConflictError(f"Release {release} cannot serve.")
        self.done.append(("activate", release))
        return ReleaseChange(NEW, release)

    async def rollback(self) -> ReleaseChange:
        self.done.append(("rollback",))
        return ReleaseChange(NEW, OLD)
