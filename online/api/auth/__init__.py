"""Who may use the API: keys, their scopes and limits."""
