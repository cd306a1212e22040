"""What a wheel says that it requires, and what sources import."""

import ast
import email
import sys
import zipfile

from packaging.requirements import Requirement


def required(wheel, extra=""):
    """The modules of what `extra` requires, or of what every install does."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    found = map(Requirement, metadata.get_all("Requires-Dist"))
    return {
        each.name.replace("-", "_")
        for each in found
        if (each.marker is None and not extra)
        or (each.marker is not None and f'extra == "{extra}"' in str(each.marker))
    }


def imported(place):
    """The modules from elsewhere that a file, or any in a folder, names in an import."""
    files = place.rglob("*.py") if place.is_dir() else [place]
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"_typeshed"}  # which type checkers bring
