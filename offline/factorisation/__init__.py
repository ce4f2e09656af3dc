"""Matrix factorisations: biased MF of ratings, implicit ALS."""
