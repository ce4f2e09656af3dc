"""Feature rows and statistics from the rating events, in Spark."""
