"""The store of a workspace folder, against one that is made anew; and what is never read."""

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffgem_lsp.index import eligible, store
from diffgem_lsp.index.keeping import Keeper
from diffgem_lsp.index.local import indexed
from diffgem_lsp.index.store import KEPT_DAYS, Reader, Store, prune, store_path

NAMES = ("a.py", "b.js", "sub/c.py", "sub/deep/d.go", "other/e.rs")
TEXTS = {
    "py": ["def one(): ...\n", "class Two:\n    def three(self): ...\n", "x = 1\n", "def ("],
    "js": ["function four() {}\n", "class Five {}\n"],
    "go": ["package p\nfunc Six() {}\n", "package p\n"],
    "rs": ["fn seven() {}\n", "struct Eight { a: u8 }\n"],
}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.integers(0, 3)),
        st.tuples(st.just("delete"), st.sampled_from([*NAMES, "sub", "sub/deep"]), st.just(0)),
        st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(["n.py", "m/n.py"])),
    ),
    max_size=12,
)


def kept(root, cache):
    return Keeper(root, Store(store_path(root, cache)))


def scanned(keeper):
    for _ in keeper.scan():
        pass
    return keeper


def content(root, cache):
    """All that the store says, without its own numbers."""
    base = sqlite3.connect(store_path(root, cache))
    try:
        return sorted(
            base.execute(
                "select path, name, kind, container, signature, line from files "
                "left join declarations on files.id = file"
            )
        )
    finally:
        base.close()


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_renewed_as_made_anew(steps):
    """A file that was renamed was found under both names."""
    with tempfile.TemporaryDirectory() as folder:
        root, cache, fresh = (Path(folder, name) for name in ("root", "cache", "fresh"))
        root.mkdir()
        keeper = scanned(kept(root, cache))
        for number, step in enumerate(steps):
            for path in do(root, *step, number):
                keeper.renew(path)
        keeper.close()
        scanned(kept(root, fresh)).close()
        assert content(root, cache) == content(root, fresh)


def do(root, what, name, how, number):
    """The paths that a client would tell of."""
    path = root / name
    if what == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        texts = TEXTS[path.suffix[1:]]
        path.write_text(texts[how % len(texts)] + "#\n" * number)  # never the same size
        return [path]
    if not path.exists():
        return []
    if what == "rename":
        (root / how).parent.mkdir(parents=True, exist_ok=True)
        path.rename(root / how)
        return [path, root / how]
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    return [path]


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_scanned_as_made_anew(steps):
    """What changed while no editor was open."""
    with tempfile.TemporaryDirectory() as folder:
        root, cache, fresh = (Path(folder, name) for name in ("root", "cache", "fresh"))
        root.mkdir()
        scanned(kept(root, cache)).close()
        for number, step in enumerate(steps):
            do(root, *step, number)
        scanned(kept(root, cache)).close()
        scanned(kept(root, fresh)).close()
        assert content(root, cache) == content(root, fresh)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "good.py").write_text("def good(): ...\n")
    return root


def names(root, cache):
    return {row[1] for row in content(root, cache) if row[1] is not None}


def test_what_is_never_read(root, tmp_path):
    """Secrets, dependencies, binaries, minified and generated files."""
    bad = "def bad(): ...\n"
    for name in ("node_modules/a.py", ".git/b.py", "venv/c.py", "id_rsa.py", ".ssh/d.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(bad)
    (root / "binary.py").write_bytes(b"\0" + bad.encode())
    (root / "large.py").write_text(bad + "#" * eligible.LARGEST)
    (root / "minified.js").write_text("function bad() {}" + " " * eligible.LONGEST_LINE)
    (root / "bad.txt").write_text(bad)
    outside = tmp_path / "outside.py"
    outside.write_text(bad)
    (root / "link.py").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.py")
    keeper = scanned(kept(root, tmp_path / "cache"))
    assert names(root, tmp_path / "cache") == {"good"}
    for path in root.rglob("*"):
        keeper.renew(path)
    keeper.renew(root / "loop" / "good.py")
    keeper.close()
    assert names(root, tmp_path / "cache") == {"good"}
    assert {row[0] for row in content(root, tmp_path / "cache")} >= {"good.py"}


def test_ignored_files_are_not_read(root, tmp_path):
    """Nor any longer, once they are ignored."""
    cache = tmp_path / "cache"
    (root / ".gitignore").write_text("gen/\n*_pb.py\n!kept_pb.py\n")
    (root / ".diffgemignore").write_text("private.py\n")
    for name in ("gen/a.py", "x_pb.py", "kept_pb.py", "private.py", "sub/later.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(f"def {Path(name).stem}(): ...\n")
    keeper = scanned(kept(root, cache))
    assert names(root, cache) == {"good", "kept_pb", "later"}
    (root / "sub" / ".gitignore").write_text("*\n")
    scanned(keeper)
    keeper.renew(root / "gen" / "a.py")
    keeper.close()
    assert names(root, cache) == {"good", "kept_pb"}


def test_no_secret_in_the_store(root, tmp_path):
    """Parameters have passwords as defaults."""
    secret = "hunter2" + "Xk9q" * 4
    (root / "db.py").write_text(f'def connect(host, password="{secret}"): ...\n')
    scanned(kept(root, tmp_path / "cache")).close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert b"connect" in stored
    assert secret.encode() not in stored


def test_no_more_than_so_many_files(root, tmp_path, monkeypatch):
    monkeypatch.setattr(eligible, "MOST", 3)
    for number in range(9):
        (root / f"f{number}.py").write_text(f"def f{number}(): ...\n")
    scanned(kept(root, tmp_path / "cache")).close()
    assert len(content(root, tmp_path / "cache")) == 3


def test_only_this_user_can_read_it(root, tmp_path):
    """The store has the code's signatures."""
    cache = tmp_path / "cache"
    keeper = scanned(kept(root, cache))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()}
    keeper.close()
    assert modes == {0o600}
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


@pytest.mark.parametrize("garbage", [b"no database", b"", b"SQLite format 3\0" + b"\1" * 500])
def test_a_store_that_cannot_be_read_is_made_anew(root, tmp_path, garbage):
    cache = tmp_path / "cache"
    cache.mkdir()
    store_path(root, cache).write_bytes(garbage)
    scanned(kept(root, cache)).close()
    assert names(root, cache) == {"good"}


def test_a_store_that_is_only_locked_stays(root, tmp_path, monkeypatch):
    """It was removed under the other editor's index, which went on writing to nothing."""
    monkeypatch.setattr(store, "WAIT_S", 0.0)
    cache = tmp_path / "cache"
    cache.mkdir()
    path = store_path(root, cache)
    other = sqlite3.connect(path)  # that makes it, and has not written ahead yet
    other.execute("begin exclusive")
    before = path.stat().st_ino
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Store(path)
    assert path.stat().st_ino == before
    other.close()


def test_a_name_that_is_no_text(root, tmp_path):
    """One such file, and the folder had no index."""
    odd = Path(os.fsdecode(os.fsencode(root) + b"/\xff.py"))
    odd.write_text("def odd(): ...\n")
    keeper = scanned(kept(root, tmp_path / "cache"))
    keeper.renew(odd)
    keeper.close()
    assert names(root, tmp_path / "cache") == {"good"}


def test_a_store_of_another_layout_is_made_anew(root, tmp_path):
    cache = tmp_path / "cache"
    scanned(kept(root, cache)).close()
    base = sqlite3.connect(store_path(root, cache))
    base.execute("pragma user_version = 99")
    base.execute("alter table files add column more text not null default ''")
    base.close()
    scanned(kept(root, cache)).close()
    assert names(root, cache) == {"good"}


def test_two_writers_of_one_folder(root, tmp_path):
    """Two editors have it open."""
    cache = tmp_path / "cache"
    first, second = scanned(kept(root, cache)), scanned(kept(root, cache))
    (root / "more.py").write_text("def more(): ...\n")
    first.renew(root / "more.py")
    second.renew(root / "more.py")
    first.close()
    second.close()
    assert names(root, cache) == {"good", "more"}


def test_a_reader_beside_a_writer(root, tmp_path):
    """It sees what was committed, and waits for nothing."""
    cache = tmp_path / "cache"
    keeper = scanned(kept(root, cache))
    reader = Reader(store_path(root, cache))
    writing = sqlite3.connect(store_path(root, cache))
    writing.execute("begin immediate")
    writing.execute("delete from declarations")
    assert [each.path for each in reader.named(["good"], 9)] == ["good.py"]
    writing.rollback()
    writing.close()
    reader.close()
    keeper.close()


async def test_folders_in_one_another(root, tmp_path):
    """Each declaration once."""
    (root / "sub").mkdir()
    (root / "sub" / "a.py").write_text("class A:\n    def f(self): ...\n    def g(self): ...\n")
    index = indexed([root, root / "sub"], tmp_path / "cache")
    (found,) = index.named(["A"])
    assert [each.name for each in index.members(found)] == ["f", "g"]
    await index.close()


def test_stores_that_nobody_opens_are_removed(root, tmp_path):
    """Every folder that was ever opened stayed in the cache."""
    cache = tmp_path / "cache"
    for folder in (root, tmp_path):
        kept(folder, cache).close()
    old = store_path(tmp_path, cache)
    os.utime(old, (0, 86_400))
    prune(cache, 86_400 * (KEPT_DAYS + 2))
    assert not old.exists()
    os.utime(store_path(root, cache), (0, 86_400))
    kept(root, cache).close()
    prune(cache, time.time())
    assert store_path(root, cache).exists()
