"""Training of the two towers (`sparrow.signals.two_tower`) on what users watched next."""
