"""Follows a page to the letter, and says where it led astray."""

import subprocess
import time

import pytest
from walk_output import fits
from walk_page import PAGES, ByHand, PageError, steps_of
from walk_shell import OutOfTime, ShellEnded
from walk_stand_ins import in_place


class Walk:
    """`by_hand` has a function for each name of the page; it is called with this and the step."""

    def __init__(self, page, shell, place, table, by_hand):
        self.page, self.shell, self.place, self.table = page, shell, place, table
        self._by_hand = by_hand

    def follow(self):
        steps = steps_of((PAGES / self.page).read_text(encoding="utf-8"))
        unbound = {step.name for step in steps if isinstance(step, ByHand)} ^ set(self._by_hand)
        if unbound:
            raise PageError(f"{self.page}: by hand on the page or in its test alone: {unbound}")
        for step in steps:
            began = time.monotonic()
            if isinstance(step, ByHand):
                self._by_hand[step.name](self, step)
            else:
                self._type(step)
            print(f"{self.page}:{step.line}: {time.monotonic() - began:.1f} s", flush=True)

    def here(self, text):
        """With what stands in for it on this machine."""
        return in_place(text, self.table)

    def _type(self, step):
        came = ""
        commands = list(commands_of(step.text))
        for offset, command in commands:
            line = step.line + offset
            try:
                status, more = self.shell.run(self.here(command))
            except (OutOfTime, ShellEnded) as error:
                self._astray(line, command, type(error).__name__, step, came + self.shell.heard)
            came += more
            if (status != 0) != step.fails:
                self._astray(line, command, f"its exit status was {status}", step, came)
        self._check(step, commands[-1][1], came)

    def _check(self, step, last, came):
        if step.expected is None:
            return
        expected = self.here(step.expected)
        if last.rstrip().endswith("&"):
            try:
                came = self.shell.await_more(came, lambda text: fits(expected, text))
            except (OutOfTime, ShellEnded) as error:
                self._astray(step.line, step.text, type(error).__name__, step, came)
        if not fits(expected, came):
            self._astray(step.line, step.text, "the output is another", step, came)

    def _astray(self, line, command, why, step, came):
        said = "anything" if step.expected is None else self.here(step.expected)
        parts = (("typed", self.here(command)), ("expected", said), ("came", came))
        told = "".join(f"\n--- {name}:\n{text.rstrip()}" for name, text in parts)
        pytest.fail(f"docs/walkthroughs/{self.page}:{line}: {why}{told}", pytrace=False)


def commands_of(block):
    """Each whole command of a block, with the number of lines before it."""
    began, command = 0, ""
    for number, line in enumerate(block.splitlines(keepends=True), 1):
        command += line
        if not command.strip() or not is_whole(command):
            continue
        yield began, command
        began, command = number, ""
    if command.strip():
        raise PageError(f"a command without an end: {command}")


def is_whole(command):
    """Bash could run it; it warns of a here-document that goes on."""
    if command.endswith("\\\n"):
        return False
    read = subprocess.run(
        ["bash", "-n"], input=command, capture_output=True, text=True, check=False
    )
    return read.returncode == 0 and not read.stderr
