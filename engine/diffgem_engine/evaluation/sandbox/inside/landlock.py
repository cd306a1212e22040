"""Landlock: the files that this process may touch, held by the kernel.

https://docs.kernel.org/userspace-api/landlock.html
"""

import os
import stat
import struct

from diffgem_engine.evaluation.sandbox.inside.kernel import Kernel, address, buffer

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
BENEATH = 1  # the kind of a rule: a path and all below it

WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REGULAR = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE = 1 << 13, 1 << 14
RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}  # since version
READ = READ_FILE | READ_DIR
CHANGE = WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REGULAR | REFER | TRUNCATE
OF_A_FILE = WRITE_FILE | READ_FILE | TRUNCATE
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals


def confine(kernel: Kernel, folder: str, roots: list[str]) -> int:
    """Only `roots` can be read and only what is in `folder` changed.

    Returns Landlock's version, 0 where nothing is held.
    """
    version = max(0, kernel.call(CREATE_RULESET, None, 0, VERSION_FLAG))
    if not version:
        return 0
    handled = max(rights for since, rights in RIGHTS.items() if since <= version)
    attributes = buffer(_attributes(version, handled))
    ruleset = kernel.call(CREATE_RULESET, address(attributes), len(attributes), 0)
    for root in roots:
        _allow(kernel, ruleset, root, READ)
    _allow(kernel, ruleset, folder, (READ | CHANGE) & handled)
    _allow(kernel, ruleset, os.devnull, (READ_FILE | WRITE_FILE | TRUNCATE) & handled)
    held = kernel.call(RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return version if held else 0


def _attributes(version: int, handled: int) -> bytes:
    """As many fields as this version has: files, the network, scopes."""
    if version < 4:
        return struct.pack("=Q", handled)
    if version < 6:
        return struct.pack("=QQ", handled, TCP)
    return struct.pack("=QQQ", handled, TCP, SCOPES)


def _allow(kernel: Kernel, ruleset: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        rights &= OF_A_FILE
    rule = buffer(struct.pack("=Qi", rights, descriptor))
    kernel.call(ADD_RULE, ruleset, BENEATH, address(rule), 0)
    os.close(descriptor)
