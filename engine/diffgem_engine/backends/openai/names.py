"""What an upstream is called where its operator is told of it, by the options that name it."""

from attrs import frozen


@frozen
class Names:
    """`what` stands before its address in a sentence; `trust` is what its operator does to have a
    certificate trusted.
    """

    what: str
    url: str
    key_file: str
    model: str
    trust: str


UPSTREAM = Names(
    "the upstream", "--url", "--upstream-key-file", "--upstream-model",
    "names who vouches for it by --upstream-ca",
)  # fmt: skip
SECOND = Names(
    "the second model at", "--second-url", "--second-key-file", "--second-model",
    "adds who vouches for it to the system's certificates",
)  # fmt: skip
