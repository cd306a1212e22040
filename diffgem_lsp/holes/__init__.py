"""What the hole at the cursor is."""
