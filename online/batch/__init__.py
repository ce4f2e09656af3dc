"""Lists for many users at once: `sparrow recommend`."""
