"""The declared flows: the menu of the house."""
