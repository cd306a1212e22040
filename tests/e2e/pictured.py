"""What README's pictures show: a hole that the canvas fills, with a text that stands nowhere else.

A new model may say something else here.  `test_pictured.py` tells; then look for another hole, and
make the pictures anew.
"""

import scenes

FILE = "cache.py"
TEXT = '''"""A cache of pages on disk."""

import json
import logging
import os
import time

logger = logging.getLogger(__name__)


class Cache:
    def __init__(self, folder, max_age=3600):
        self.folder = folder
        self.max_age = max_age
        self.hits = 0
        self.misses = 0

    def path(self, key):
        return os.path.join(self.folder, f"{key}.json")

    def get(self, key, default=None):
        path = self.path(key)
        if not os.path.exists(path):
            self.misses += 1
            return default
        with open(path) as f:
            data = json.load(f)
        if time.time() - data["time"] > self.max_age:
            os.remove(path)
            return default
        self.hits += 1
        return data["value"]

    def set(self, key, value):
        with open(self.path(key), "w") as f:
            json.dump({"time": time.time(), "value": value}, f)

    def clear(self):
        for key in os.listdir(self.folder):
            os.remove(os.pat))
        self.hits = 0
        self.misses = 0

    def __contains__(self, key):
        return os.path.exists(self.path(key))


def spread(values):
    return max(...) - min(values)
'''
HOLE = scenes.Scene(FILE, "os.remove(os.pat", "h")
WRITTEN = ".join(self.folder, key"  # with the brackets that are there already
FILLED = TEXT.replace("os.pat))", f"os.path{WRITTEN}))")
SPREAD = FILLED.replace("...", "values")  # what "Fill this hole" leaves: it is seen below
RENAME = scenes.Scene(FILE, "def path(self, key", "_name")


def renamed(text: str) -> str:
    """Once the next edit is applied to what RENAME types in `text`."""
    return text.replace("path(self, key)", "path(self, key_name)").replace("{key}", "{key_name}")
