"""Evaluation: how often the model is right, beside baselines that cost nothing."""
