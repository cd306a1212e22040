"""Every message that people can meet is listed, by who meets it: somebody has walked it."""

import re
from functools import cache
from itertools import chain
from pathlib import Path

import message_lists
import pytest
import spoken_editors
import spoken_python
from script_files import ROOT

HOW = (
    "Walk each as the person who meets it: it says what happened, why, and what to do, in one or "
    "two sentences.  Then put it into the list of tests/messages/listed/ for that person, with the "
    "test that provokes it on the line below."
)
TESTS = (ROOT / "tests", "*.py"), (ROOT / "tests", "*.el"), (ROOT / "editors/vscode/test", "*.ts")
LISTS = message_lists.lists()
ENTRIES = [(name, each) for name, entries in LISTS.items() for each in entries]
ADVISING = [each for name, each in ENTRIES if name in message_lists.ADVISING]
SENTENCE = re.compile(r"[.?!](?= +[A-Z“])")
# how what is to be done is said: a verb that commands, or what is wanted instead
ADVICE = re.compile(
    r"\b(?:"
    r"add|allow|are at|ask|be|build|builds|change|check|choose|close|come|compares"
    r"|connect|convert|copy|correct|corrects|count|download|evaluate|expected|finds|fit"
    r"|free|give|gives|goes? (?:with|together)|install|is for|is text|leave|let|look"
    r"|looks|lower|make|must|name|names|needs|once more|open|pin|put|reinstall|remove"
    r"|renew|reopen|restart|review|run|save|say|see|select|send|set|should|start|starts"
    r"|stop|takes?|tell|there are|train|try|update|upgrade|use|wait|write|writes"
    r")\b"
)

# of which a part that is known only when it is said says what to do
BY_A_PART = {
    "… lacks …; …",
    "option … is not known…",
    "…: …; … engineTokenFile",
    "no DiffGem engine on … for you: …",
    "the engine on … does not answer: …",
    "the engine did not listen within … s: …",
    "the engine stopped with exit code …: …",
}


@cache
def spoken():
    python = spoken_python.spoken(ROOT / "diffgem_lsp", ROOT / "engine/diffgem_engine")
    editors = ROOT / "editors"
    plugins = spoken_editors.spoken(editors / "vscode/src", editors / "nvim", editors / "emacs")
    return {**plugins, **python}


@cache
def words_of_tests():
    """The words of each file of tests by its name."""
    files = chain.from_iterable(folder.rglob(kind) for folder, kind in TESTS)
    return {
        path.name: message_lists.plain(path.read_text())
        for path in files
        if path.name != Path(__file__).name
    }


def test_every_message_is_listed():
    """Guards a message that nobody has read as the person who meets it."""
    listed = {each.text for _, each in ENTRIES}
    new = {text: paths for text, paths in spoken().items() if text not in listed}
    said = [
        f"{paths[0].relative_to(ROOT)} says\n{text}\n    - no test has its words"
        for text, paths in new.items()
    ]
    assert not new, f"{len(new)} messages are in no list.  {HOW}\n" + "\n".join(said)


def test_no_listed_message_is_gone():
    gone = [f"{text} ({name}.txt)" for name, text in _texts() if text not in spoken()]
    assert not gone, "nothing says these any more, take them out:\n" + "\n".join(gone)


def test_none_is_listed_twice():
    texts = [text for _, text in _texts()]
    assert sorted(texts) == sorted(set(texts))


def _texts():
    return [(name, each.text) for name, each in ENTRIES]


@pytest.mark.parametrize("name", LISTS)
def test_each_is_provoked_by_the_test_that_is_named(name):
    """Guards a list that names tests which were renamed, or no longer know the message."""
    wrong = [f"{each.text}\n    {each.tested}" for each in LISTS[name] if not _is_tested(each)]
    assert not wrong, "no such test, or it has none of the words:\n" + "\n".join(wrong)


def _is_tested(each):
    if each.tested.startswith("- "):
        return True
    return each.tested in words_of_tests() and each.words_stand_in(words_of_tests()[each.tested])


def test_each_is_one_or_two_sentences():
    long = [each.text for _, each in ENTRIES if len(SENTENCE.findall(each.text)) > 1]
    assert long == []


def test_each_says_what_to_do():
    """Guards messages that leave their reader alone; what is just to be known is in other lists."""
    silent = {each.text for each in ADVISING if not ADVICE.search(each.text)}
    assert silent == BY_A_PART


def test_none_speaks_of_the_inside():
    """Guards names of classes, tracebacks, and exclamations."""
    inside = re.compile(r"Traceback|\b[A-Z]\w+(Error|Exception)\b|__|!(?!=)| None\b")
    assert [each.text for each in ADVISING if inside.search(each.text)] == []
