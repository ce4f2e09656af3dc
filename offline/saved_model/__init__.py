"""SavedModels: export, and scoring with them."""
