"""The REST layer: thin handlers over online.service."""
