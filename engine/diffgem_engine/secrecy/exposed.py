"""Whether others can read a secret's file."""

import os


def is_exposed(found: os.stat_result) -> bool:
    """Root's own file, which a group of this user's may read, is how distributions hand it out."""
    ours = found.st_uid == os.getuid()
    return bool(found.st_mode & (0o077 if ours else 0o007))
