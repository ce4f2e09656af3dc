"""One file for each group of signals: what it computes for a user and candidates."""
