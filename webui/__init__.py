"""The web house: Jinja2 pages, static assets and posters."""
