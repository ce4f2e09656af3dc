"""Matrix factorisations in NumPy: what is fitted on a part of the log in memory."""
