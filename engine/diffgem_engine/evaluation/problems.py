"""HumanEval-Infilling's problems, read from the benchmark's own files.

Bavarian et al., "Efficient Training of Language Models to Fill in the Middle", arXiv 2207.14255.
Single-line, multi-line, random-span and random-span-light files have the same fields.
"""

import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import fields, frozen

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
GZIP = b"\x1f\x8b"
ADVICE = "download it again, or give another --data"


class BenchmarkUnreadable(Exception):
    """A file that holds no problems; the message says what is wrong with it and what to do."""


@frozen
class Problem:
    """`prompt + middle + suffix` is a module whose `entry_point` `test` checks.

    `canonical_solution` is the middle that the benchmark's authors took out.
    """

    task_id: str
    prompt: str
    suffix: str
    canonical_solution: str
    test: str
    entry_point: str


def load_problems(path: Path) -> list[Problem]:
    """All of a `.jsonl` or `.jsonl.gz` file, one at least.  Raises BenchmarkUnreadable."""
    lines = _text(path).split("\n")
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise BenchmarkUnreadable(f"{path} is empty: give a file with a problem a line")
    problems = [_problem(f"{path}, line {number}", line) for number, line in numbered]
    again = [name for name, count in Counter(p.task_id for p in problems).items() if count > 1]
    if again:
        raise BenchmarkUnreadable(f"{path} has {again[0]!r} more than once; {ADVICE}")
    return problems


def program(problem: Problem, middle: str) -> str:
    """What passes when `middle` is right: the same text that the benchmark's own harness runs."""
    check = f"check({problem.entry_point})"
    return f"{problem.prompt}{middle}{problem.suffix}\n{problem.test}\n{check}"


def spread(problems: Sequence[Problem], limit: int | None) -> list[Problem]:
    """`limit` of them at most, evenly spaced from the first to the last, in their order.

    A file's neighbours are holes in the same function, so its beginning is no sample of it.
    Raises ValueError for a limit below one.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"a limit of at least 1 is expected, not {limit}")
    if limit is None or limit >= len(problems):
        return list(problems)
    # the middle of each of `limit` equal stretches
    return [problems[(2 * i + 1) * len(problems) // (2 * limit)] for i in range(limit)]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if data.startswith(GZIP) or path.suffix == ".gz":
            data = gzip.decompress(data)
        return data.decode()
    except FileNotFoundError:
        raise BenchmarkUnreadable(f"{path} does not exist; give another --data") from None
    except gzip.BadGzipFile:
        raise BenchmarkUnreadable(
            f"{path} is not a gzip file, or a damaged one; {ADVICE}"
        ) from None
    except (EOFError, zlib.error):
        raise BenchmarkUnreadable(f"{path} is a damaged gzip file; {ADVICE}") from None
    except UnicodeDecodeError:
        raise BenchmarkUnreadable(f"{path} is not UTF-8 text; {ADVICE}") from None
    except OSError as error:
        raise BenchmarkUnreadable(
            f"{path} cannot be read: {error.strerror}; give another --data"
        ) from None


def _problem(place: str, line: str) -> Problem:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise BenchmarkUnreadable(f"{place} is not JSON; {ADVICE}") from None
    if not isinstance(value, dict):
        raise BenchmarkUnreadable(f"{place} is not a JSON object; {ADVICE}")
    names = [attribute.name for attribute in fields(Problem)]
    return Problem(**{name: _field(place, value, name) for name in names})


def _field(place: str, value: dict[str, Any], name: str) -> str:
    if name not in value:
        raise BenchmarkUnreadable(f"{place} has no field {name!r}; {ADVICE}")
    if not isinstance(value[name], str):
        raise BenchmarkUnreadable(f"{place}: the field {name!r} is not a string; {ADVICE}")
    if LONE_SURROGATE.search(value[name]):
        what = "no text that UTF-8 can have"
        raise BenchmarkUnreadable(f"{place}: the field {name!r} is {what}; {ADVICE}")
    return str(value[name])
