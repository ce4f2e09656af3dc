"""Per-browser state: user and admin sessions, sign-in, CSRF, display preferences, safe navigation."""
