"""Tastes and movies that newcomers are asked about."""
