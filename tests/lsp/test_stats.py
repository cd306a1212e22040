"""`diffgem-lsp stats`: figures, a table, a page."""

import json
import random
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from small_disk import full_disk

from diffgem_lsp.__main__ import main
from diffgem_lsp.acceptance import page, plots, table
from diffgem_lsp.acceptance.events import Fate, Shown, line_of
from diffgem_lsp.acceptance.figures import DAY_S, MOST_DAYS, Share, figures_of
from diffgem_lsp.acceptance.history import Record
from diffgem_lsp.acceptance.journal import append

NOON = 20_000 * DAY_S + DAY_S / 2


def record(number, *fates, days=0, **fields):
    name = f"a-{number}"
    fields = {"kind": "inline", "language": "python", "hole": "block", "characters": 10, **fields}
    shown = Shown(name, NOON - days * DAY_S, **fields)
    return Record(shown, tuple(Fate(name, shown.at + 1, *fate) for fate in fates))


ACCEPTED = ("accepted", "command", 10)


def retained(after_s, similarity):
    return ("retained", "", 0, after_s, similarity)


RECORDS = [
    record(1, ACCEPTED, retained(30, 1.0), retained(300, 0.2), latency_ms=10.0, confidence=0.91),
    record(2, ACCEPTED, retained(30, 0.9), latency_ms=20.0, confidence=1.0, origin="draft"),
    record(3, ACCEPTED, ("reverted", "edit"), retained(30, 0.0), latency_ms=400.0, language="go"),
    record(4, ("partly", "edit", 4), latency_ms=30.0, confidence=0.0, days=2),
    record(5, ("typed", "edit"), latency_ms=40.0, confidence=0.95, days=2),
]


def test_a_clock_that_was_wrong():
    """One suggestion of 1970, or before, and the page had a column for each day since."""
    found = figures_of([*RECORDS, record(6, days=20_000), record(7, days=10_000_000)])
    assert len(found.days) == MOST_DAYS
    assert found.days[-1] == (20_000, Share(3, 3))


def test_figures():
    """Rates over what is not known; a day without suggestions left out, and the others beside."""
    found = figures_of(RECORDS)
    assert (found.shown, found.saved) == (5, 24)
    assert found.accepted == Share(3, 5)
    assert (found.partly, found.typed, found.reverted) == (Share(1, 5), Share(1, 5), Share(1, 3))
    assert (found.retained_30, found.retained_300) == (Share(2, 3), Share(0, 1))
    assert found.days == ((19_998, Share(0, 2)), (19_999, Share(0, 0)), (20_000, Share(3, 3)))
    assert found.groups["language"] == (("python", Share(2, 4)), ("go", Share(1, 1)))
    assert found.groups["origin"] == (("not known", Share(2, 4)), ("draft", Share(1, 1)))
    assert (found.latency.p50, found.latency.p95) == (30.0, 400.0)
    assert sum(found.latency.bins) == found.latency.count == 5
    assert found.calibration[0] == Share(0, 1)
    assert found.calibration[-1] == Share(2, 3)


def test_the_interval_is_wilsons():
    """By the normal approximation none of 10 is for certain 0%."""
    assert Share(5, 10).interval == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert Share(0, 10).interval == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert (Share(0, 0).rate, Share(0, 0).interval) == (None, (0.0, 1.0))


def test_the_table():
    lines = list(table.rows(figures_of(RECORDS)))
    assert [" ".join(line.split()) for line in lines[:9]] == [
        "shown 5",
        "accepted 3 of 5 60.0% (23% to 88%)",
        "partly accepted 1 of 5 20.0% (4% to 62%)",
        "typed instead 1 of 5 20.0% (4% to 62%)",
        "retained, 30 s 2 of 3 66.7% (21% to 94%)",
        "retained, 5 min 0 of 1 0.0% (0% to 79%)",
        "reverted 1 of 3 33.3% (6% to 79%)",
        "characters saved 24",
        "latency 30 ms, 95th percentile 400 ms",
    ]
    assert max(map(len, lines)) <= 80
    many = [record(number, language=f"language-{number}") for number in range(30)]
    assert "  … 24 more" in table.rows(figures_of(many))


def test_a_rate_of_nothing_is_none():
    """The page said 0.0% where nothing was known, with a line from end to end."""
    unknown, none = (plots.rates([("kept", Share(0, size))], "") for size in (0, 7))
    assert ("–" in unknown, "0.0%" in unknown, 'class="reach"' in unknown) == (True, False, False)
    assert ("–" in none, "0.0%" in none, 'class="reach"' in none) == (False, True, True)


class Page(HTMLParser):
    """Whether every tag is closed, and what each refers to."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.names = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.names += [name for name, _ in attributes]
        if tag not in ("meta", "rect", "line", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def drawn_records(seed):
    dice = random.Random(seed)
    for number in range(dice.choice((0, 1, 2, 50, 400))):
        fates = [ACCEPTED] * dice.randint(0, 1) + [retained(30, dice.random())] * dice.randint(0, 1)
        confidence = dice.choice((None, 0.0, 1.0, dice.random()))
        latency = dice.choice((None, 0.0, dice.expovariate(0.001)))
        fields = {"confidence": confidence, "latency_ms": latency, "days": dice.randint(0, 200)}
        yield record(number, *fates, language=dice.choice(("", "c++", "other")), **fields)


@pytest.mark.parametrize("seed", range(12))
def test_the_page_needs_nothing_beside_itself(seed):
    """A page that phones home, or is torn by a name; a plot of a single day, or of none."""
    text = page.of(figures_of(list(drawn_records(seed))), None)
    found = Page(text)
    assert found.open == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(found.tags)
    assert {"src", "href"}.isdisjoint(found.names)
    assert "url(" not in text
    assert "@import" not in text
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        for mark in ElementTree.fromstring(svg).iter():
            sizes = [mark.get(name, "0") for name in ("x", "y", "width", "height", "cx", "cy")]
            assert all(float(size) >= -1 for size in sizes)


def test_what_a_name_holds_is_text():
    """A language may be called what it likes."""
    svg = plots.rates([('<script>"&', Share(1, 2))], '"<&')
    texts = [mark.text for mark in ElementTree.fromstring(svg).iter() if mark.text]
    assert '<script>"&' in texts


@pytest.fixture
def history(monkeypatch, tmp_path):
    """One suggestion of today, and one of ten days ago."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for name, days in (("a-1", 0), ("a-2", 10)):
        at = time.time() - days * DAY_S - 1
        events = [Shown(name, at, kind="inline"), Fate(name, at + 1, "accepted", "command", 9)]
        append(tmp_path / "diffgem", map(line_of, events))
    return tmp_path


def test_on_the_command_line(history, capsys):
    assert main(["stats"]) == 0
    assert capsys.readouterr().out.split()[:2] == ["shown", "2"]
    assert main(["stats", "--json", "--since", "7"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["shown"], found["characters_saved"]) == (1, 9)
    assert found["accepted"]["rate"] == 1.0


def test_a_page_on_the_command_line(history, capsys, tmp_path):
    assert main(["stats", "--since", "7", "--html", str(tmp_path / "a.html")]) == 0
    assert "The last 7 days" in (tmp_path / "a.html").read_text()
    assert main(["stats", "--html", str(tmp_path / "no" / "a.html")]) == 4
    said = capsys.readouterr()
    assert "No such file or directory" in said.err
    assert "Traceback" not in said.err


def test_nothing_yet(monkeypatch, tmp_path, capsys):
    """An empty table, and no word of what is missing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main(["stats"]) == 1
    assert "the setting\n`acceptance` must be on" in capsys.readouterr().out
    assert main(["stats", "--html", str(tmp_path / "a.html")]) == 0
    assert page.EMPTY in (tmp_path / "a.html").read_text()
    assert list(tmp_path.iterdir()) == [tmp_path / "a.html"]


@pytest.mark.parametrize("days", ["0", "-1", "x", "1e3"])
def test_days_that_are_none(days, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["stats", "--since", days])
    assert caught.value.code == 2
    assert "1 to 9999" in capsys.readouterr().err


def test_a_full_disk_keeps_the_page_of_before(history, capsys, tmp_path):
    """It was cut to nothing first, and the complaint was of "None"."""
    place = tmp_path / "a.html"
    place.write_text("before")
    with full_disk(100):
        assert main(["stats", "--html", str(place)]) == 4
    assert f"cannot use {place}: File too large" in capsys.readouterr().err
    assert place.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"a.html", "diffgem"}


def test_a_page_goes_where_it_is_to_go(history, capsys, tmp_path):
    """Guards a device that becomes a file, a link that is no more one, and a page for everybody."""
    assert main(["stats", "--html", "/dev/full"]) == 4
    assert "cannot use /dev/full: No space left on device" in capsys.readouterr().err
    assert main(["stats", "--html", "/dev/null"]) == 0
    assert Path("/dev/null").is_char_device()
    place, link = tmp_path / "a.html", tmp_path / "link.html"
    place.write_text("before")
    place.chmod(0o600)
    link.symlink_to(place)
    assert main(["stats", "--html", str(link)]) == 0
    assert link.is_symlink()
    assert "<html" in place.read_text()
    assert place.stat().st_mode & 0o777 == 0o600
