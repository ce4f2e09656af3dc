"""The REST layer: thin handlers over online.engine.service."""
