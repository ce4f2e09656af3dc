"""Types that signals share: a user's history, a signal's values, item similarities."""
