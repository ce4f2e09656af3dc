"""Training samples: splits, negative sampling, rows as of each rating."""
