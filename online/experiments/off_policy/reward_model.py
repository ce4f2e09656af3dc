"""A model of rewards for doubly robust estimates: linear in user and movie, fitted on others."""

from __future__ import annotations

import numpy as np

RIDGE = 1.0  # evidence for coefficients of 0


def predict_rewards(
    shown: np.ndarray, policy_features: np.ndarray, reward: np.ndarray, user: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The expected reward of the shown movies, and of those that the policy would have shown.

    `shown` and `policy_features` are `(n, size)`, `reward`, `user` and both results `(n,)`. Each
    half of the users is predicted from the other half: a model fitted on the rewards that it
    corrects would hide its error (cross-fitting, Chernozhukov et al. 2018, arXiv 1608.00060).
    """
    _, number = np.unique(user, return_inverse=True)
    of_shown, of_policy = np.zeros(len(reward)), np.zeros(len(reward))
    for half in (0, 1):
        mine = number % 2 == half
        weights = _ridge(shown[~mine], reward[~mine])
        of_shown[mine], of_policy[mine] = shown[mine] @ weights, policy_features[mine] @ weights
    return of_shown, of_policy


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    weights: np.ndarray = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y)
    return weights
