"""Feedback: what users do, from a validated event to what stands in the next request."""
