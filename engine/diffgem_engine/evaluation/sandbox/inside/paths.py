"""Which files an interpreter reads while it runs."""

import os
import sys

DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
SETTINGS = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo")


def readable() -> list[str]:
    """Absolute and without links: the standard library, what it links with, a few devices."""
    libraries = [entry for entry in sys.path if entry and entry != sys.argv[1]]
    named = [*libraries, os.path.join(sys.base_prefix, "lib"), *LIBRARIES, *SETTINGS, *DEVICES]  # noqa: PTH118
    return sorted({os.path.realpath(path) for path in named if os.path.exists(path)})  # noqa: PTH110
