"""What makes tests of pages: read, typed, compared.  And that every page has its test."""

import re
import shutil
from pathlib import Path

import psutil
import pytest
from walk_output import fits
from walk_page import INDEX, PAGES, ByHand, PageError, Typed, pages, steps_of
from walk_place import Place, lives
from walk_shell import OutOfTime, Shell, ShellEnded
from walk_stand_ins import stand_ins
from walking import Walk, commands_of

HERE = Path(__file__).parent
PAGE = """# Title

```sh
echo one
```
```text
one
```

<!-- in the editor: accept -->
Press Tab.

   ```json
   {"a": 1}
   ```

```sh fails
false
```
"""


@pytest.fixture
def place():
    made = Place()
    yield made
    made.end_all()
    shutil.rmtree(made.home)


@pytest.fixture
def shell(place):
    made = Shell(place.home, place.environment, 20)
    yield made
    made.end()


@pytest.fixture
def walked(shell, place, tmp_path, monkeypatch):
    """Follows a page of that text."""

    def follow(text, **by_hand):
        monkeypatch.setattr("walking.PAGES", tmp_path)
        (tmp_path / "page.md").write_text(text)
        Walk("page.md", shell, place, (("there", "here"),), by_hand).follow()

    return follow


def test_a_page_is_its_steps():
    typed, accept, fails = steps_of(PAGE)
    assert typed == Typed(4, "echo one\n", expected="one\n")
    assert (accept.name, accept.words.strip()) == ("accept", "Press Tab.")
    (block,) = accept.blocks
    assert (block.kind, block.text) == ("json", '{"a": 1}\n')
    assert fails == Typed(18, "false\n", fails=True)


@pytest.mark.parametrize(
    "text", ["```lua\nx\n```\n", "```text\nx\n```\n", "```sh\nx\n", "```\n```"]
)
def test_nothing_stands_on_a_page_for_nobody(text):
    with pytest.raises(PageError):
        steps_of(text)


def test_a_shell_goes_on(shell):
    """A variable, a folder or a job that is gone with its command."""
    assert shell.run("cd run; a=1\n") == (0, "")
    assert shell.run("pwd; echo $a >&2\n") == (0, f"{shell.run('pwd')[1]}1\n")
    status, came = shell.run("(sleep 0.1; echo later) &\n")
    assert status == 0
    assert shell.await_more(came, lambda text: "later" in text) == "later\n"
    assert shell.run("grep -q x nowhere 2> /dev/null\n") == (2, "")
    assert shell.run("cat\n") == (0, "")


def test_a_shell_that_is_ended_or_waits_too_long(shell, place):
    hasty = Shell(place.home, place.environment, 0.2)
    with pytest.raises(OutOfTime):
        hasty.run("echo first; sleep 60\n")
    assert hasty.heard == "first\n"
    hasty.end()
    with pytest.raises(ShellEnded):
        shell.run("exit 3\n")


def test_what_a_page_starts_ends_with_it(place, shell):
    _, pid = shell.run("nohup setsid sleep 600 > /dev/null & echo $!\n")
    sleeping = psutil.Process(int(pid))
    assert lives(sleeping)
    place.end_all()
    assert not lives(sleeping)


def test_whole_commands():
    block = "cat <<'E' |\n(\nE\ntr a b\nfor x in 1 2\ndo\n  echo $x\ndone\na \\\n  b\n# word\n"
    assert [line for line, _ in commands_of(block)] == [0, 4, 8, 10]
    with pytest.raises(PageError):
        list(commands_of("if true\n"))


@pytest.mark.parametrize(
    ("expected", "came", "fit"),
    [
        ("a 12 ms\n", "a 12 ms\n", True),
        ("a … ms\n", "a 12 ms  \n", True),
        ("a ...\n", "a\n", False),
        ("a\n…\nc\n", "a\nb\nb\nc\n", True),
        ("a\n...\nc\n", "a\nc\n", True),
        ("a\n…\nc\n", "a\nc\nd\n", False),
        ("…\nb\n…\n", "a\nb\nc\n", True),
        ("…\nb\n…\n", "a\nc\n", False),
        ("a\n…\na\n", "a\n", False),
        ("…b\n", "aab\n", True),
        ("a\n", "a\nb\n", False),
        ("", "\n", True),
        ("", "a\n", False),
    ],
)
def test_output_fits(expected, came, fit):
    assert fits(expected, came) is fit


def test_a_page_is_followed(walked):
    seen = []
    accept = lambda walk, step: seen.append((walk.here("there"), step.words.strip()))  # noqa: E731
    walked(PAGE.replace("one", "here"), accept=accept)
    assert seen == [("here", "Press Tab.")]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("```sh\ntrue\nls there\n```\n", 3, "exit status was 2"),
        ("```sh fails\ntrue\n```\n", 2, "exit status was 0"),
        ("```sh\necho there\n```\n```text\nthere!\n```\n", 2, "another"),
        ("```sh\nexit\n```\n", 2, "ShellEnded"),
        ("```sh\n(echo a) &\nexec true\n```\n", 3, "ShellEnded"),
    ],
)
def test_who_is_led_astray_learns_where(walked, text, line, why):
    with pytest.raises(pytest.fail.Exception, match=rf"page.md:{line}: .*{why}") as told:
        walked(text)
    assert "--- typed:" in str(told.value)
    assert "there" not in str(told.value)


@pytest.mark.parametrize("by_hand", [{}, {"accept": print, "more": print}])
def test_every_step_by_hand_is_done(walked, by_hand):
    with pytest.raises(PageError, match="by hand"):
        walked(PAGE, **by_hand)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_page_has_its_test(page):
    """A page that nobody follows, or that cannot be."""
    test = HERE / f"test_walk_{page.stem.replace('-', '_')}.py"
    source = test.read_text(encoding="utf-8")
    assert "pytest.mark.walkthrough" in source
    assert f'"{page.name}"' in source
    by_hand = {step.name for step in steps_of(page.read_text()) if isinstance(step, ByHand)}
    assert {name for name in by_hand if f'"{name}"' not in source} == set()


def test_the_index_lists_every_page():
    linked = re.findall(r"\]\(([\w-]+\.md)\)", INDEX.read_text(encoding="utf-8"))
    assert sorted(set(linked)) == [page.name for page in pages()]
    assert linked == sorted(set(linked), key=linked.index)
    assert INDEX.parent == PAGES


def test_the_index_says_what_stands_in():
    index = INDEX.read_text(encoding="utf-8")
    assert [theirs for theirs, _ in stand_ins("a", "b") if f"`{theirs}`" not in index] == []
