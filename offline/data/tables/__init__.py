"""The canonical tables as they are written, with quarantine and quality report."""
