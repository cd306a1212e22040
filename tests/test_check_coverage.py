"""What `make coverage` fails on."""

import pytest
from coverage import Coverage
from script_files import ROOT, script

checking = script("check_coverage.py")
File = checking.File
ENGINE = "engine/diffgem_engine"


@pytest.mark.parametrize(
    ("engine", "lsp", "named"),
    [
        ([(100, 90), (10, 7)], [(10, 9)], [f"{ENGINE}: 88.2%"]),
        ([(1000, 1000), (100, 69)], [(10, 9)], [f"{ENGINE}/1.py: 69.0%"]),
        ([(1000, 1000), (10, 7)], [(10, 8), (10, 9)], ["diffgem_lsp: 85.0%"]),
        ([(1000, 1000), (10, 0)], [(9, 0)], [
            "diffgem_lsp: 0.0%", "diffgem_lsp/0.py: 0.0%", f"{ENGINE}/1.py: 0.0%",
        ]),
        ([(1000, 902), (10, 7), (0, 0)], [(10, 9)], []),
    ],
)  # fmt: skip
def test_a_package_or_a_file_that_is_too_low_is_named(engine, lsp, named):
    """Guards a sum over both packages, and a file that the others make up for."""
    files = [File(f"diffgem_lsp/{n}.py", *counts) for n, counts in enumerate(lsp)]
    files += [File(f"{ENGINE}/{n}.py", *counts) for n, counts in enumerate(engine)]
    found = [complaint.partition(",")[0] for complaint in checking.complaints(files)]
    assert found == named


def test_a_file_that_no_test_imports_counts(tmp_path, monkeypatch):
    """Guards figures of what was imported alone."""
    package = tmp_path / "diffgem_lsp"
    package.mkdir()
    (package / "run.py").write_text("one = 1\ntwo = 2\n")
    (package / "never.py").write_text("one = 1\nif one:\n    two = 2\n")
    monkeypatch.setattr(checking, "ROOT", tmp_path)
    data = str(tmp_path / "data")
    made = Coverage(data_file=data, config_file=False, source=[str(package)])
    with made.collect():
        exec(compile((package / "run.py").read_text(), package / "run.py", "exec"), {})
    made.save()
    files = checking.measured(Coverage(data_file=data, config_file=False))
    assert files == [File("diffgem_lsp/never.py", 3, 0), File("diffgem_lsp/run.py", 2, 2)]


def test_what_is_left_out_is_the_sandboxed_child_alone():
    """Guards a file that is left out for being low."""
    config = Coverage(config_file=ROOT / "pyproject.toml").config
    assert config.run_omit == ["*/evaluation/sandbox/inside/*"]
