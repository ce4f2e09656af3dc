"""SessionUser uses the site: sessions, sign-in, CSRF, display preferences, safe navigation."""
