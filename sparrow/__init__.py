"""What every part of Sparrow shares: domain types, features, feature store, releases, settings."""

__version__ = "0.1.0"
