"""What ranks candidates, one file each."""
