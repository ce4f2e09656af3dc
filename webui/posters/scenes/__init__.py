"""Scenes of posters, by genre."""
