"""Folders of source, written for a test."""


def source(name, lines=20):
    """Code as people write it, different for every name."""
    body = [f"    {name}_{i} = compute({name!r}, value_{i})" for i in range(lines)]
    return "\n".join([f"def {name}(values):", *body, f"    return {name}_0", ""])


def put(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path
