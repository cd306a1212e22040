"""Sudoku: a task with a right answer, which proves trainer and pinning.  Grids, puzzles, canvases.

A grid is 81 digits row by row, 0 for a blank.
"""
