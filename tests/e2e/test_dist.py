"""`make dist` of a later version, installed; torch comes in `make dist` alone."""

import json

import building
import contents
import installing
import pytest
from installed import place
from later_version import VERSION, copied

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def made(checkout, tmp_path_factory):
    place("vscode")
    made = building.packages(checkout.root, tmp_path_factory.mktemp("made"))
    building.extension(checkout.root, made)
    return made


def test_three_artifacts_have_the_version_of_the_one_place(made):
    assert [path.name for path in made] == [
        f"diffgem_lsp-{VERSION}.tar.gz",
        f"diffgem_lsp-{VERSION}-py3-none-any.whl",
        f"diffgem-{VERSION}.vsix",
    ]
    manifest = json.loads(contents.held(made.vsix)["extension/package.json"])
    assert manifest["version"] == VERSION


def test_the_extension_holds_what_it_should_and_that_wheel(made, checkout):
    assert contents.extension(made, checkout.root, checkout.files) == []


def test_an_empty_environment_gets_a_server_from_the_wheel(made, tmp_path):
    found = installing.base(made, tmp_path / "base")
    assert found.added > made.wheel.stat().st_size


def test_an_empty_environment_gets_the_same_from_the_sdist(made, tmp_path):
    installing.from_source(made, tmp_path / "source")


def test_an_empty_vs_code_has_the_extension_and_nothing_else(made, tmp_path):
    installing.in_vscode(made, tmp_path / "vscode")


def test_what_is_in_dist_is_of_one_version(made, tmp_path):
    """Last, for it moves them."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "diffgem-0.0.1.vsix").touch()
    published = building.publish(made, tmp_path / "dist")
    assert sorted((tmp_path / "dist").iterdir()) == sorted(published)
