"""The leaderboard: what it measures, and its page."""
