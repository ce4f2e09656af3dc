"""The engine behind API and pages: recommendations, feedback, rating predictions."""
