"""The state of a user, read from Redis or the release, and updated by events."""
