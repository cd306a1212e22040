"""The engine's log: one line a request, no text of anybody's, nothing that draws on a terminal."""

import argparse
import contextlib
import json
import logging
import stat
import sys

import pytest
from fakes import ask, greeted_client, hear, raw_client, say
from pages import http
from small_disk import full_disk

from diffgem_engine import logs
from diffgem_engine.logs.file import KEPT, LogFile
from diffgem_engine.logs.lines import JsonLines, TextLines
from diffgem_engine.protocol import PROTOCOL_VERSION, Hello

log = logging.getLogger("diffgem_engine.test")


@contextlib.contextmanager
def logged(file, *arguments):
    parser = argparse.ArgumentParser()
    logs.add_arguments(parser)
    options = parser.parse_args(["--log-format", "json", "--log-file", str(file), *arguments])
    with logs.configured(options):
        yield


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


async def test_one_line_a_request(engine, tmp_path):
    """Guards the fields that a request is found by, and the one line."""
    file = tmp_path / "log"
    with logged(file):
        async with greeted_client(engine.path) as client:
            await say(client, ask(7, trace="a-1"))
            await hear(client)
    [line] = [line for line in lines(file) if line.get("request") == 7]
    assert line["time"].endswith("+00:00")
    assert line.pop("ms") >= 0
    del line["time"]
    assert line == {
        **{"level": "info", "logger": "diffgem_engine.serving.observed"},
        **{"message": "infill: ok", "user": "local", "trace": "a-1", "request": 7},
        **{"kind": "infill", "outcome": "ok", "route": "diffusion"},
        **{"queue_ms": 0.1, "prefill_ms": 0.2, "denoise_ms": 0.3},
        **{"prompt_tokens": 3, "prefilled_tokens": 1},
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("asked", [False, True])
async def test_texts_are_written_only_where_asked_for(engine, tmp_path, asked):
    """What people type is theirs, that of a request that worked and of one that failed; and who
    reads a log that has it is told so.
    """
    file = tmp_path / "log"
    with logged(file, *(["--log-prompts"] if asked else [])):
        async with greeted_client(engine.path) as client:
            await say(client, ask(1, "my words"), ask(2, "boom"))
            await hear(client)
            await hear(client)
    text = file.read_text()
    assert ("my words" in text) is asked
    assert ("MY WORDS" in text) is asked
    assert ("a secret" in text) is asked  # of the exception
    assert ("--log-prompts: what users type" in text) is asked
    assert "RuntimeError" in text


BOOM = {"prompt": "boom", "suffix": ""}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_over_http_is_found_by_its_id_and_quotes_nobody(engine, tmp_path, stream):
    """Its line named neither the user nor the request, and had the exception's words in it."""
    file = tmp_path / "log"
    named = {"X-Request-Id": "editor-7"}
    with logged(file):
        async with http(engine.path) as browser:
            body = {**BOOM, "stream": stream}
            reply = await browser.post("/v1/completions", json=body, headers=named)
    assert reply.headers["x-request-id"] == "editor-7"
    found = [line for line in lines(file) if line.get("trace") == "editor-7"]
    assert [line["message"] for line in found] == ["infill: internal", "a request failed"]
    assert all((line["user"], line["request"]) == ("local", 1) for line in found)
    assert "a secret" not in file.read_text()


async def test_a_failure_over_the_websocket_is_found_by_its_trace(engine, tmp_path):
    file = tmp_path / "log"
    with logged(file):
        async with greeted_client(engine.path) as client:
            await say(client, ask(3, "boom", trace="a-3"))
            await hear(client)
    [failed] = [line for line in lines(file) if line["level"] == "error"]
    assert (failed["request"], failed["trace"], failed["user"]) == (3, "a-3", "local")


async def test_no_control_character_gets_into_the_log(engine, tmp_path):
    """A client's name moved the cursor of who read the log, or began a line of its own."""
    file = tmp_path / "log"
    with logged(file):
        async with raw_client(engine.path) as client:
            await say(client, Hello(PROTOCOL_VERSION, "\x1b[2J\nERROR \u202e"))
            await hear(client)
        log.info("%s", "\x1b[2J\n\x9b\u202e", extra={"user": "\n\x07"})
    text = file.read_text()
    assert not any(ord(each) < 32 and each != "\n" for each in text)
    assert not any(each in text for each in "\x9b\u202e\x7f")
    assert lines(file)[-1]["user"] == "\\x0a\\x07"


@pytest.mark.parametrize("form", [TextLines, JsonLines])
def test_half_a_character_is_written_in_ascii(form):
    """The stream refuses to encode it, and the line would be lost."""
    record = log.makeRecord(log.name, logging.INFO, "", 1, "a \ud800", (), None)
    assert form().format(record).encode()


@pytest.mark.parametrize("form", [TextLines, JsonLines])
def test_a_traceback_is_whole_where_it_concerns_no_request(form):
    try:
        raise RuntimeError("the device\x1b is gone")
    except RuntimeError:
        record = log.makeRecord(log.name, logging.ERROR, "", 1, "broken", (), sys.exc_info())
    said = form().format(record)
    assert "RuntimeError: the device" in said
    assert "\x1b" not in said


def test_a_file_that_is_full_begins_anew(tmp_path):
    file = tmp_path / "log"
    handler = LogFile(file, 1000)
    handler.setFormatter(JsonLines())
    for number in range(60):
        handler.handle(log.makeRecord(log.name, logging.INFO, "", 1, "line %d", (number,), None))
    handler.close()
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["log", *(f"log.{number + 1}" for number in range(KEPT))]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert lines(file)[-1]["message"] == "line 59"


async def test_a_full_disk_does_not_stop_the_engine(engine, tmp_path, capfd):
    """Requests failed with the log, or each of them wrote to standard error what had happened."""
    file = tmp_path / "log"
    with logged(file):
        async with greeted_client(engine.path) as client, http(engine.path) as browser:
            with full_disk(file.stat().st_size + 20):  # some of a line still fits
                for number in range(3):
                    await say(client, ask(number, "fine"))
                    assert (await hear(client)).candidates[0].texts == ("FINE",)
                health = (await browser.get("/health")).json()
            assert health["status"] == "ok"
            assert "File too large" in health["log"] or "No space left" in health["log"]
            log.warning("there is room again")
            assert (await browser.get("/health")).json()["log"] == "ok"
    assert capfd.readouterr().err.count("cannot write the log") == 1
    told = [line["message"] for line in lines(file)]  # each of them whole
    assert told == ["client 'test' connected", "there is room again"]


def test_a_log_that_cannot_be_kept_is_told(tmp_path, capsys):
    from diffgem_engine.__main__ import main

    place = tmp_path / "missing" / "log"
    assert main(["serve", "--socket", str(tmp_path / "s"), "--log-file", str(place)]) == 2
    assert f"cannot log to {place}" in capsys.readouterr().err


async def test_text_has_the_same_fields(engine, tmp_path):
    """For people, who grep for a user or a trace."""
    file = tmp_path / "log"
    with logged(file, "--log-format", "text"):
        async with greeted_client(engine.path) as client:
            await say(client, ask(7, "refuse", trace="a-1"))
            await hear(client)
    [line] = [line for line in file.read_text().splitlines() if "request=7" in line]
    assert (
        " INFO diffgem_engine.serving.observed: infill: bad-request user=local trace=a-1 " in line
    )
    assert "outcome=bad-request ms=" in line
