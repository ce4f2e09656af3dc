"""View models: what a template shows, ready but for the words; numbers stay numbers."""
