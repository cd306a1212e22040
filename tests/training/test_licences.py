"""What the manifest says of a project's licence."""

import pytest
from project_files import put

from diffgem_engine.training.corpus.licences import licence
from diffgem_engine.training.corpus.projects import Place

METADATA = "Name: alpha\nLicense: see below\n{}\n\ntext"
FILES = {
    "an expression": ("a.dist-info/METADATA", METADATA.format("License-Expression: MIT"), "MIT"),
    "a classifier": (
        "a.dist-info/METADATA",
        METADATA.format("Classifier: License :: OSI Approved :: BSD License"),
        "BSD License",
    ),
    "prose": ("PKG-INFO", METADATA.format(""), "see below"),
    "what is installed": ("../alpha-1.0.dist-info/METADATA", "License: MIT\n", "MIT"),
    "another project's": ("../alphabet-1.0.dist-info/METADATA", "License: MIT\n", "unknown"),
    "a checkout's": ("pyproject.toml", '[project]\nlicense = "MIT"\n', "MIT"),
    "a checkout's table": ("pyproject.toml", '[project]\nlicense = {text = "MIT"}\n', "MIT"),
    "a checkout's file": ("pyproject.toml", '[project]\nlicense = {file = "L"}\n', "unknown"),
    "broken": ("pyproject.toml", "[project\n", "unknown"),
    "odd": ("pyproject.toml", "project = 3\n", "unknown"),
    "its text": ("LICENSE.txt", "\n  MIT License\n\nCopyright ...", "MIT License"),
    "no title": ("LICENSE", "Copyright 1999 by some people\n", "unknown"),
    "none": ("README", "MIT", "unknown"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_projects_files_name_its_licence(tmp_path, name):
    path, text, expected = FILES[name]
    (tmp_path / "alpha").mkdir()
    put(tmp_path / "alpha" / path, text)
    assert licence([Place(tmp_path, tmp_path / "alpha")]) == expected


def test_the_most_exact_statement_comes_first(tmp_path):
    put(tmp_path / "alpha" / "PKG-INFO", "License-Expression: MIT\n")
    put(tmp_path / "alpha" / "LICENSE", "Some License\n")
    assert licence([Place(tmp_path, tmp_path / "alpha")]) == "MIT"
