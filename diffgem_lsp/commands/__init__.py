"""The command line's sub-commands, one a file."""

STDIN = "<stdin>"  # what `-` is called as a file
