"""A user's page, their preferences, and the welcome of newcomers."""
