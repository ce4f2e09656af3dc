"""Per-browser state: user and admin sessions, CSRF, display preferences, safe navigation."""
