"""All that the tests put in place of what a page says; its index tells the reader the same."""

import socket

REPOSITORY = "https://git.example/diffgem.git"
CLONE = "/path/to/diffgem"


def stand_ins(repository, clone):
    """What the page says, and what is typed and expected instead."""
    return (
        (REPOSITORY, str(repository)),
        (CLONE, str(clone)),
        ("workstation.example", "localhost"),
        ("0.0.0.0", "127.0.0.1"),
        ("7475", str(free_port())),
        ("8000", str(free_port())),
    )


def in_place(text, table):
    for theirs, ours in table:
        text = text.replace(theirs, ours)
    return text


def free_port():
    """Of loopback; nobody has it a moment later but by bad luck."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
