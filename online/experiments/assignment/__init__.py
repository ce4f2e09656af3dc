"""Which variant a user is in, and the experiments' store."""
