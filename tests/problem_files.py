"""Problems in HumanEval-Infilling's form, written for the tests."""

import gzip
import json

from attrs import asdict

from diffgem_engine.evaluation.problems import Problem

FIELDS = {
    "task_id": "Ours/0",
    "prompt": 'def double(x):\n    """Twice x."""\n',
    "suffix": "    return y\n",
    "canonical_solution": "    y = 2 * x\n",
    "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(0) == 0\n",
    "entry_point": "double",
}


def problem(**fields):
    return Problem(**{**FIELDS, **fields})


def write(path, problems, **more):
    """`more` are fields that every line has besides."""
    data = "".join(json.dumps({**asdict(each), **more}) + "\n" for each in problems).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path
