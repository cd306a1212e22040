"""A disk on which the last rename fails, which puts what was written in its place."""

import errno
from pathlib import Path


def failing_rename(monkeypatch):
    replace = Path.replace

    def failing(path, target):
        if path.name.endswith(".partial"):
            raise OSError(errno.EIO, "x")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
