"""SavedModels: export, and scoring with them."""

import offline.models  # noqa: F401
