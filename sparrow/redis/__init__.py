"""Redis: connections, the embedded server and its supervisor, the names of keys."""
