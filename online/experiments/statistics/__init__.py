"""What an experiment's numbers say: pure functions over arrays with a place per user."""
