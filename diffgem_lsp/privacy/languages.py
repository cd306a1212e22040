"""The option `languages`: which are left alone."""

from collections.abc import Mapping

from diffgem_lsp.syntax.grammars import grammar_of

ALL_OTHERS = "*"


def is_on(language_id: str, switches: Mapping[str, bool]) -> bool:
    """By the id itself, else by another name of the same language, else by `*`."""
    if language_id in switches or not switches:
        return switches.get(language_id, True)
    grammar = grammar_of(language_id)
    if grammar is not None:
        for name, on in switches.items():
            if grammar_of(name) == grammar:
                return on
    return switches.get(ALL_OTHERS, True)
