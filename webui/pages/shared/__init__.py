"""What several pages share: request parameters, the same-site check."""
