"""What an upstream is called where its operator is told of it, by the options that name it."""

from attrs import frozen


@frozen
class Names:
    """`what` stands before its address in a sentence."""

    what: str
    url: str
    key_file: str
    model: str


UPSTREAM = Names("the upstream", "--url", "--upstream-key-file", "--upstream-model")
SECOND = Names("the second model at", "--second-url", "--second-key-file", "--second-model")
