"""Re-rankers that spread a list over genres and contents."""
