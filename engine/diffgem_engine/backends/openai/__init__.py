"""Servers that speak OpenAI's HTTP: reached, retried, rested, and asked to fill a hole in words."""
