"""What is known of how well a candidate fits a user: one definition for training and for serving.

Here belong functions from a user's history and candidates to numbers, and what is fitted for them;
not here belongs what combines the numbers into a list's order (`offline.ranker` trains that).
"""
