"""The training loop: data, state, callbacks, distribution."""

import offline.models  # noqa: F401
