"""Views of lists: home, search, browse, watchlist, personal rows."""
