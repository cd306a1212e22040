"""The command line's sub-commands, one a file."""
