"""Settings: read once at the composition root, passed down, never looked up elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that can be set from outside; a field is `SPARROW_<NAME>` in the environment."""

    model_config = SettingsConfigDict(env_prefix="SPARROW_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("data"), description="Where data sets, releases and Redis live.")
    dataset: str = Field("ml-100k", description="The data set that the pipeline works on.")
    seed: int = Field(42, description="Seed of everything random in the pipeline.")
    like_threshold: float = Field(
        3.5, ge=0.5, le=5, description="A rating of at least this many stars is a like (label 1)."
    )

    spark_master: str = Field("local[*]", description="Spark master URL.")
    spark_memory: str = Field("2g", description="Memory of the Spark driver (local mode: of all).")

    redis_url: str | None = Field(
        None,
        description="Redis to use; unset: Sparrow starts one of its own under the data folder.",
    )

    host: str = Field("127.0.0.1", description="Address that the web server binds to.")
    port: int = Field(6010, ge=0, le=65535, description="Port of the web server.")
    workers: int = Field(1, ge=1, description="Web server processes.")
    scorer: str = Field(
        "savedmodel",
        pattern=r"^(savedmodel|embedding|tfserving://[^/\s]+:\d+)$",
        description="`savedmodel` (in process), `embedding` (a signal orders lists, without "
        "TensorFlow), or `tfserving://host:port` (TF Serving's REST port; in process where it "
        "fails).",
    )
    scorer_timeout: float = Field(
        0.05, gt=0, description="Seconds that TF Serving has to rank before this process does."
    )
    auth: Literal["off", "keys"] = Field(
        "off",
        description="`off` binds to loopback only; `keys` asks API clients for a key "
        "(`sparrow keys`).",
    )
    admin_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="What `Authorization: Bearer` must say to change experiments and releases, "
        "and what opens the pages below `/admin`; unset: nobody may, except by the API with a key "
        "of scope `admin`.",
    )
    allow_unauthenticated: bool = Field(
        False, description="Answer on a non-loopback address without keys."
    )
    demo: bool = Field(False, description="Let a visitor browse as any user of the data set.")
    cookie_secret: SecretStr | None = Field(
        None,
        description="Key that signs cookies, the same for all replicas; unset: one is made and "
        "kept under the data folder.",
    )
    tmdb_key: SecretStr | None = Field(
        None,
        description="API Read Access Token of TMDB: pages show its posters, else drawn ones.",
    )
    tmdb_api: str = Field(
        "https://api.themoviedb.org/3", description="Where TMDB's API is, or a mirror of it."
    )
    tmdb_images: str = Field(
        "https://image.tmdb.org/t/p/w342", description="Where TMDB's posters of one size are."
    )
    tmdb_timeout: float = Field(
        4.0, gt=0, description="Seconds that TMDB has for a poster before the drawn one is shown."
    )
    tmdb_cache_megabytes: int = Field(
        500, ge=1, description="Disk space for TMDB's posters under the data folder."
    )
    release_poll_seconds: float = Field(
        1.0, gt=0, description="How often a server looks whether another release was activated."
    )

    rules: Path | None = Field(
        None,
        description="TOML file of rules that pin, boost or bury movies; read when it changes.",
    )
    exploration_policy: Literal["thompson", "linucb", "uniform"] = Field(
        "thompson",
        description="What fills the places of lists that explore: `thompson` (Beta per movie and "
        "segment), `linucb` (linear in the tastes for genres) or `uniform` (even chances).",
    )
    ranking_models: str = Field(
        "gated,embedding_mlp",
        description="Ranking models of a release, by commas; the one whose lists are best for "
        "users that it was not trained on orders lists by default.",
    )
    distribution_strategy: Literal["none", "mirrored", "multi_worker"] = Field(
        "none",
        description="Devices that share the training of a ranking model: `none` one, `mirrored` "
        "all of this machine, `multi_worker` those of the machines in `TF_CONFIG`.",
    )
    embeddings: str = Field(
        "item2vec,als,two_tower",
        description="Embeddings of a release, by commas: item2vec, als, als_explicit, deepwalk, "
        "node2vec, two_tower.",
    )
    ann_min_items: int = Field(
        35_000,
        ge=1,
        description="Movies from which an embedding gets an HNSW index; below, exact search is as "
        "fast (`python benchmarks/index.py`).",
    )
    quality_gate_max_auc_drop: float = Field(
        0.01, ge=0, description="How much test AUC a new release may lose against the current one."
    )
    keep_releases: int = Field(
        3, ge=2, description="How many releases stay for rollback, folders and Redis keys."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="Level of the JSON log."
    )

    @property
    def downloads(self) -> Path:
        """Files as fetched, checked against `data/sources.toml`."""
        return self.data_dir / "downloads"

    @property
    def tables(self) -> Path:
        """Canonical Parquet tables of the data set in use (`sparrow.dataset.tables`)."""
        return self.data_dir / "tables" / self.dataset

    @property
    def work_dir(self) -> Path:
        """What the offline steps make of the data set in use, one folder a step."""
        return self.data_dir / "work" / self.dataset

    @property
    def releases(self) -> Path:
        """Immutable releases, one folder each (`sparrow.release.manifest`)."""
        return self.data_dir / "releases"

    @property
    def redis_dir(self) -> Path:
        """Socket, append-only file and log of the Redis that Sparrow starts itself."""
        return self.data_dir / "redis"
