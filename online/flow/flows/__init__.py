"""The declared flows."""
