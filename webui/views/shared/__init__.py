"""What several views share: cards, rows, explanations, plots."""
