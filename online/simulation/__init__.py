"""A world of viewers whose tastes are known, to try experiments on before real viewers are."""
