"""What a model is to learn from: files of projects, chosen, cleaned and kept in a run's folder."""
