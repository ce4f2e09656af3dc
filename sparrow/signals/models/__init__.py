"""What is fitted for signals: factors, towers, item statistics, taste clusters."""
