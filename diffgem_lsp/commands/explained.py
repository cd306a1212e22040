"""An explanation as a page for a terminal."""

import sys

from diffgem_lsp.commands.terminal import paint, printable
from diffgem_lsp.explanation import Explanation

DIM = "2"  # SGR code


def page(found: Explanation) -> str:
    if not found["sent"]:
        return f"nothing is sent: {found['reason']}"
    tokens, budget = found["tokens"], found["budget"]
    about = "" if tokens["counted"] else "about "
    head = [
        f"{found['model']} reads {budget['promptTokens']} tokens; the prefix has {about}"
        f"{tokens['prefix']}, of which the preamble {tokens['preamble']} of at most "
        f"{budget['contextTokens']}; the suffix {tokens['suffix']}",
        f"the hole: {found['hole']['kind']}, {found['hole']['slots']} slots",
    ]
    used = [_line("+", each, each["reason"]) for each in found["snippets"]]
    not_used = [_line("-", each, each["why"]) for each in found["leftOut"]]
    texts = [("prefix", found["prefix"]), ("suffix", found["suffix"])]
    texts += [("draft", each) for each in found["drafts"]]
    shown = [part for name, text in texts for part in (_title(name), printable(text, kept="\t\n"))]
    return "\n".join([*head, *used, *not_used, *shown])


def _line(mark: str, snippet: Explanation, why: str) -> str:
    first = snippet["text"].split("\n", 1)[0]
    return printable(f"{mark} {snippet['source']}, {snippet['file']}: {first[:60]} ({why})")


def _title(name: str) -> str:
    return paint(f"── {name}", DIM, sys.stdout)
