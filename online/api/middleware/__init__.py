"""Middleware: request bodies, context, caches of responses."""
