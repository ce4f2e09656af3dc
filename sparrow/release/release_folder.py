"""An opened release: its folder, manifest, features and encoding."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sparrow.errors import FingerprintError, ReleaseError
from sparrow.features.declarations import FeatureSet, build_feature_set
from sparrow.features.preprocessing import Preprocessing
from sparrow.release.manifest import Manifest


@dataclass(frozen=True)
class Release:
    """An opened release folder."""

    root: Path
    manifest: Manifest
    features: FeatureSet
    encoding: Preprocessing

    @classmethod
    def open(cls, root: Path) -> Release:
        """Reads and checks the small files of the release in `root`.

        Raises ReleaseError when it is missing or incomplete, FingerprintError when it was made with
        features that this code does not have.
        """
        try:
            manifest = Manifest.from_json((root / "manifest.json").read_text())
            features = FeatureSet.from_json((root / "features.json").read_text())
            encoding = Preprocessing.from_json((root / "preprocessing.json").read_text())
        except FileNotFoundError as error:
            raise ReleaseError(
                f"Expected a complete release in {root}, but {Path(error.filename).name} is "
                "missing: run `sparrow publish`, or activate another release."
            ) from error
        except (json.JSONDecodeError, TypeError, KeyError) as error:
            raise ReleaseError(
                f"The release in {root} cannot be read ({error}): run `sparrow publish` to make "
                "another."
            ) from error
        own = build_feature_set(features.genres, features.like_threshold).fingerprint
        if not manifest.feature_set_fingerprint == features.fingerprint == own:
            raise FingerprintError(
                f"Release {manifest.id} was made with feature set "
                f"{manifest.feature_set_fingerprint}, this code has {own}: run "
                "`sparrow publish` to make one that fits."
            )
        return cls(root, manifest, features, encoding)

    def model(self, name: str) -> Path:
        """Folder of a SavedModel."""
        return self.root / "models" / name / "1"
