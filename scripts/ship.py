"""Ship weights if they are better, and renew every figure that is told of the embedded model.

    scripts/ship.py --source HELD_OUT --corpus RUN/corpus [--model RUN/model] [--humaneval DIR]
    scripts/ship.py --pages

Measures the candidate beside what ships, and refuses what is not better (`--force` ships it, and
the card says so).  Then it puts the weights in place, measures everything that the model card, the
scorecard, the README and the pages on the gate and on performance tell, and writes all of them.
Without `--model` the figures of what ships are renewed.  Give the same command again after an
interruption: what was measured for the same weights is not measured again (remove `build/ship` for
that, as after a change to the engine).  `--pages` writes the pages anew from the figures that are
recorded, in a second.
"""

import argparse
import sys
from pathlib import Path

from shipping import pages, record
from shipping.measurements import QUICK, Cases, Measurements
from shipping.release import NotBetter, Release
from shipping.steps import StepFailed
from shipping.unseen import check_held_out, check_run
from shipping.weights import Unfit, put_back, staged

BUILD = record.ROOT / "build" / "ship"


def main() -> int:
    """0 when the pages are written, 1 for a candidate that is not better or a measurement that
    failed, 2 for bad input.
    """
    options = _options()
    try:
        if not options.pages:
            _release(options).ship(force=options.force)
    except Unfit as error:
        return _failed(error, 2)
    except (NotBetter, StepFailed) as error:
        return _failed(error, 1)
    kept = record.read()
    try:
        record.check(kept)
    except record.OfOthers as error:
        return _failed(error, 2)
    changed = pages.write(kept)
    print("\n".join(f"written: {page}" for page in changed) or "all pages were up to date")
    return 0


def _release(options: argparse.Namespace) -> Release:
    """Raises Unfit."""
    put_back(record.ROOT)
    shipped = record.ROOT / record.MODEL
    check_run(options.model or shipped, options.corpus)
    stage = staged(options.model or shipped, BUILD / ("quick" if options.quick else ""))
    what = Measurements(
        stage,
        options.source,
        options.corpus,
        options.humaneval,
        QUICK if options.quick else Cases(),
    )
    what.check()
    check_held_out(options.source, options.corpus)
    return Release(what, stage.parent)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=_folder, help="the candidate: RUN/model")
    parser.add_argument("--source", type=_folder, help="projects that no run was trained on")
    parser.add_argument("--corpus", type=_folder, help="of a run that held them out: RUN/corpus")
    parser.add_argument("--humaneval", type=_folder, help="the benchmark's files; left out without")
    parser.add_argument("--force", action="store_true", help="ship what is not better")
    parser.add_argument("--quick", action="store_true", help="a few cases: for a copy of the tree")
    parser.add_argument("--pages", action="store_true", help="only write the pages")
    options = parser.parse_args()
    if not options.pages and None in (options.source, options.corpus):
        parser.error("give --source and --corpus: what was held out")
    return options


def _folder(text: str) -> Path:
    path = Path(text).expanduser().resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    return path


def _failed(error: Exception, code: int) -> int:
    print(f"ship: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
