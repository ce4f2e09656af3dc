"""What other ways of filling explored places would have earned, from the log of impressions."""
