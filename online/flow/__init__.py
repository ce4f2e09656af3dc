"""Flows: the stages of a recommendation, and what runs them."""
