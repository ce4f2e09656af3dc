"""The training loop: data, state, callbacks, distribution."""
