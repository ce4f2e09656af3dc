"""Which candidates may be shown, one file each."""
