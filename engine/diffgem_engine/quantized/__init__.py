"""Experts in eight or four bits."""
