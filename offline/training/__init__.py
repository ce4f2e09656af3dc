"""Training: Parquet samples in, a SavedModel out."""

import offline.models  # noqa: F401
