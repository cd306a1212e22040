"""What is seen of tokens while an editor and an engine for a team are at work."""

import contextlib

import psutil
from certificates import write_certificate
from sandbox import sandbox
from team_engine import SOURCE, completed, new_token, private, team_engine


async def test_no_token_is_seen_from_outside(tmp_path, store):
    """`ps`, environments and logs are read by more people than a token is for."""
    token, made = new_token(store), write_certificate(tmp_path)
    options = ("--tls-cert", str(made.chain), "--tls-key", str(made.key), "--log-prompts")
    log = tmp_path / "engine.log"
    with sandbox() as box:
        with team_engine(log, store, *options) as engine:
            settings = {
                "engineSocket": engine.endpoint,
                "engineTokenFile": private(tmp_path, token),
                "engineCertificate": str(made.chain),
            }
            talkative = ("--log-level", "debug")
            async with box.edited(*talkative, **settings) as (editor, server):
                assert await completed(editor)
                seen = from_outside(engine.pid) + from_outside(server.pid)
        logs = log.read_text() + editor.errors + told(editor)
    assert "diffgem_engine" in seen
    assert "engine asked" in logs
    assert SOURCE.partition("\n")[0] in logs  # with --log-prompts they have all but tokens
    assert token not in seen + logs + store.read_text()


def from_outside(pid):
    """What other programs can read of a process and of those that it has started."""
    of_it = psutil.Process(pid)
    pieces = []
    for process in (of_it, *of_it.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            pieces += [*process.cmdline(), *process.environ().values(), process.name()]
    return "\n".join(pieces)


def told(editor):
    """All that the server has said to the editor, beside its replies."""
    queues = (editor.shown, editor.logged, editor.told)
    return "".join(str(queue.get_nowait()) for queue in queues for _ in range(queue.qsize()))
