from pathlib import Path

import pytest

from diffgem_lsp.options import Options, page, parse_options

ROOT = Path(__file__).resolve().parents[2]

GOOD = {
    "enabled": False,
    "trigger": "manual",
    "debounceMs": 120,
    "candidates": 3,
    "lines": "single",
    "languages": {"markdown": False},
    "files": {"tests/**": False, "tests/real/**": True},
    "workspaceOnly": False,
    "maxFileCharacters": 1_000_000,
    "popupCompletion": True,
    "contextDeclarations": False,
    "contextRecentEdits": False,
    "contextOpenFiles": False,
    "contextDiagnostics": False,
    "contextTokens": 100,
    "nextEdits": False,
    "codeActions": False,
    "acceptance": False,
    "engineSocket": "tcp://127.0.0.1:4000",
    "engineTokenFile": "/home/me/token",
    "engineCertificate": "/home/me/team.pem",
    "engineCommand": ["nice", "diffgem-engine"],
    "model": "/models/large",
    "maxLines": 3,
    "minConfidence": 1,
    "drafts": False,
    "fallback": True,
    "prefixCharacters": 4000,
    "suffixCharacters": 0,
    "steps": 8,
    "seed": 7,
}
BAD = [
    ("trigger", "never", "one of automatic, manual"),
    ("lines", 1, "one of auto, single, multi"),
    ("debounceMs", -1, "a whole number, 0 to 5000"),
    ("languages", ["python"], "an object of at most 1000 names, each true or false"),
    ("languages", {"python": 1}, "an object with true or false"),
    ("files", {"": False}, "an object with true or false"),
    ("enabled", 1, "true or false"),
    ("enabled", "yes", "true or false"),
    ("engineSocket", "", "a text that is not empty"),
    ("engineSocket", "a\0b", "a text"),
    ("engineSocket", "\ud800", "a text"),
    ("engineSocket", "tcp://127.0.0.1:" + "9" * 5_000, "a text of at most 4096"),
    ("engineCommand", "diffgem-engine serve", "a list of texts"),
    ("engineCommand", [], "a list of texts"),
    ("engineCommand", ["a", 1], "a list of texts"),
    ("engineCommand", ["a", "\0"], "a list of texts"),
    ("model", 5, "a text"),
    ("drafts", "no", "true or false"),
    ("maxLines", 0, "a whole number, 1 to 200"),
    ("maxLines", True, "a whole number"),
    ("maxLines", 2.0, "a whole number"),
    ("minConfidence", 1.01, "a number, 0 to 1"),
    ("minConfidence", float("nan"), "a number"),
    ("minConfidence", "0.5", "a number"),
    ("steps", 257, "a whole number, 1 to 256"),
    ("prefixCharacters", 99, "a whole number, 100 to 100000"),
    ("prefixCharacters", 100_001, "a whole number, 100 to 100000"),
    ("suffixCharacters", 10**30, "a whole number, 0 to 100000"),
    ("seed", -1, "a whole number, 0 to"),
    ("seed", float("inf"), "a whole number, 0 to"),  # what stands for 5,000 digits
]


def test_every_option_reaches_its_field():
    """A renamed option was silently without effect."""
    options, complaints = parse_options(GOOD)
    assert complaints == []
    assert options == Options(
        enabled=False,
        trigger="manual",
        debounce_ms=120,
        candidates=3,
        lines="single",
        languages={"markdown": False},
        files={"tests/**": False, "tests/real/**": True},
        workspace_only=False,
        max_file_characters=1_000_000,
        popup_completion=True,
        context_declarations=False,
        context_recent_edits=False,
        context_open_files=False,
        context_diagnostics=False,
        context_tokens=100,
        next_edits=False,
        code_actions=False,
        acceptance=False,
        engine_socket="tcp://127.0.0.1:4000",
        engine_token_file="/home/me/token",
        engine_certificate="/home/me/team.pem",
        engine_command=("nice", "diffgem-engine"),
        model="/models/large",
        max_lines=3,
        min_confidence=1.0,
        drafts=False,
        fallback=True,
        prefix_characters=4000,
        suffix_characters=0,
        steps=8,
        seed=7,
    )


@pytest.mark.parametrize(("name", "value", "wanted"), BAD)
def test_a_bad_value_is_told_and_the_default_used(name, value, wanted):
    """A typing error in one setting took every other setting away."""
    options, (complaint,) = parse_options({"seed": 3, name: value, "steps": 9} | {name: value})
    assert complaint.startswith(f"option {name!r} should be {wanted}")
    expected = Options(**{key: value for key, value in (("seed", 3), ("steps", 9)) if key != name})
    assert options == expected


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("max_lines", "'maxLines'"),
        ("debounceMS", "'debounceMs'"),
        ("langauges", "'languages'"),
        ("telemetry", "`diffgem-lsp options`"),
        (3, "`diffgem-lsp options`"),
    ],
)
def test_an_unknown_name_is_told_with_what_was_meant(name, meant):
    """`max_lines` for `maxLines` had no effect, and nobody said so; then all 28 names came."""
    options, (complaint,) = parse_options({name: 3})
    assert options == Options()
    assert f"option {name!r} is not known" in complaint
    assert meant in complaint
    assert len(complaint) < 100


@pytest.mark.parametrize(
    ("name", "default"),
    [("languages", "{}"), ("trigger", '"automatic"'), ("candidates", "one on a CPU")],
)
def test_the_default_is_told_as_users_write_it(name, default):
    """It said: mappingproxy({}) is used."""
    _, (complaint,) = parse_options({name: 3.5})
    assert f"the default is used: {default}" in complaint


@pytest.mark.parametrize("wire", [None, {}, dict.fromkeys(GOOD)])
def test_nothing_is_the_default(wire):
    """Clients send null for what the user has not set."""
    assert parse_options(wire) == (Options(), [])


@pytest.mark.parametrize("wire", [[], "enabled", 3, True])
def test_options_that_are_no_object(wire):
    """initializationOptions of another server's shape ended the session."""
    options, (complaint,) = parse_options(wire)
    assert options == Options()
    assert "should be an object" in complaint


def test_a_long_value_is_not_repeated_in_full():
    """A message of a megabyte on the user's screen."""
    _, (complaint,) = parse_options({"model": ["x" * 1_000_000]})
    assert len(complaint) < 200


def test_the_page_has_every_option_with_its_default():
    """The page's table said less than the server took."""
    rows = [line.split(" | ") for line in page.markdown().splitlines()[2:]]
    assert {row[0].strip("| `") for row in rows} == set(GOOD)
    assert ["| `maxLines`", "`12`", "the longest completion, in lines |"] in rows
    assert all(row[1] and row[2] for row in rows)


def test_the_readme_has_the_page():
    assert page.markdown() in (ROOT / "docs" / "options.md").read_text()


def test_a_bad_value_at_run_time_changes_nothing():
    """A slip in the list of files that are to be left alone laid all of them open."""
    before = Options(files={"private/**": False}, seed=7)
    options, [complaint] = parse_options({"files": {"private/**": "no"}}, before=before)
    assert options == Options(files={"private/**": False})
    assert "as before: {'private/**': False}" in complaint
