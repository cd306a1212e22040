"""What the model may see."""
