"""Which data sets there are, and how their files are fetched."""
