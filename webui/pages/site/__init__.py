"""Files and the API reference."""
