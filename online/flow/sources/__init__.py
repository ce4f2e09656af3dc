"""Sources: where candidates come from, one per file."""
