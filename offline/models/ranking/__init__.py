"""The ranking models, one file each."""
