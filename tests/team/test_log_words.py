"""What of people's texts could get into a log, and who could read it."""

import argparse
import contextlib
import logging
import stat
import sys

import pytest
from http_clients import http

from diffgem_engine import logs
from diffgem_engine.logs.lines import JsonLines, TextLines


@contextlib.contextmanager
def logged(file, *arguments):
    parser = argparse.ArgumentParser()
    logs.add_arguments(parser)
    with logs.configured(parser.parse_args(["--log-file", str(file), *arguments])):
        yield


@pytest.mark.parametrize("stream", [False, True])
async def test_the_words_of_what_failed_over_http_are_in_no_log(engine, tmp_path, stream):
    """They may quote a prompt; over the websocket they were left out already."""
    file = tmp_path / "log"
    with logged(file):
        async with http(engine.path, headers={"X-Request-Id": "editor-7"}) as editor:
            await editor.post("/v1/completions", json={"prompt": "boom", "stream": stream})
    text = file.read_text()
    assert "RuntimeError" in text
    assert "trace=editor-7" in text
    assert "a secret" not in text


@pytest.mark.parametrize("form", [TextLines, JsonLines])
@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio"])
def test_the_words_of_what_a_server_did_not_catch_are_in_no_log(form, name):
    try:
        raise ValueError("a secret")
    except ValueError:
        log = logging.getLogger(name)
        record = log.makeRecord(name, logging.ERROR, "", 1, "in ASGI", (), sys.exc_info())
    assert "a secret" not in form().format(record)
    assert "a secret" in form(prompts=True).format(record)


def test_a_log_that_others_could_read_is_its_owners_from_now_on(tmp_path):
    """A file that was there kept its mode, with everything that --log-prompts writes."""
    file = tmp_path / "log"
    file.touch()
    file.chmod(0o644)
    with logged(file, "--log-prompts"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
