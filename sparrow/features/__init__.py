"""Feature declarations, the folds that compute them, and their encodings; no model."""
