"""Files, logs and library imports: nothing about recommendation."""
