"""Training of the two towers (`sparrow.signals.models.user_tower`) on what users watched next."""
