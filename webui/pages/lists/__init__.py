"""Pages of lists: home, charts, browse, watchlist."""
