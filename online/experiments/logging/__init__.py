"""Impressions, attributed actions and outcomes of experiments."""
