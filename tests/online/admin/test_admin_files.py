"""What administrators' figures are read from, when it is missing or broken."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import release_world
from imported_dataset import import_small

from online.admin.dataset_statistics import read_statistics
from online.admin.quality_report import read_quality
from sparrow.errors import DataError, ReleaseError
from sparrow.settings import Settings


def test_statistics_of_a_world(tmp_path):
    root = release_world.build_release(tmp_path, model=False).root
    told = read_statistics("r", root / "stats")
    world = release_world.checkerboard()
    assert sum(day.ratings for day in told.days) == len(world.rating)
    assert sum(count.ratings for count in told.stars) == len(world.rating)
    assert told.growth[-1].movies == len(set(world.movie_id.tolist()))
    assert sum(row.share for row in told.curve) == pytest.approx(1.0)


def test_a_release_without_figures_says_what_to_do(tmp_path):
    with pytest.raises(ReleaseError, match=r"ratings_by_day\.parquet.*sparrow stats"):
        read_statistics("r", tmp_path)


def test_figures_of_another_form_are_refused(tmp_path):
    root = release_world.build_release(tmp_path, model=False).root
    pq.write_table(pa.table({"day": ["monday"]}), root / "stats" / "cold_movies.parquet")
    with pytest.raises(ReleaseError, match=r"cold_movies\.parquet"):
        read_statistics("r", root / "stats")


def test_the_report_that_importing_writes_is_read(tmp_path):
    settings = Settings(data_dir=tmp_path, _env_file=None)
    assert read_quality(settings.tables) is None
    import_small(settings)
    report = read_quality(settings.tables)
    assert report is not None
    assert report.dataset.counts["ratings"] == sum(report.quality.histogram.values()) == 76
    assert report.quarantine.reasons == {}


def test_a_broken_report_says_what_to_do(tmp_path):
    (tmp_path / "quality.json").write_text('{"dataset": {}}')
    with pytest.raises(DataError, match="import the data set again"):
        read_quality(tmp_path)
