"""The ranking stage: training lists of the past, the model that orders candidates, its checks."""
