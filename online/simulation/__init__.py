"""A world of users whose tastes are known, to try experiments on before real users are."""
