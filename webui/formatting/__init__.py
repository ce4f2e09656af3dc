"""Translations, and how numbers and addresses are written."""
