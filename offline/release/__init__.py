"""From step results to a published release: assembly, quality gate, Redis writer."""
