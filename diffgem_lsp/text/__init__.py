"""Text in code points: lines, client positions, surrogates, brackets."""
