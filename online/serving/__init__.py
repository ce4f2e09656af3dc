"""A loaded release, the switch to another, health and metrics."""
