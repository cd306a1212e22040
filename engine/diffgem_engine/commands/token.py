"""Make, list and revoke the tokens with which people come to an engine over the network."""

import argparse
import json
import secrets
import sys
import time
from pathlib import Path

from diffgem_engine.access.store import StoreError, TokenStore, default_store, store_at
from diffgem_engine.access.tokens import BURST, Entry, as_json, digest_of, new_token
from diffgem_engine.access.users import INFILL, RIGHTS
from diffgem_engine.output import OutputLost, abandon_output, write

DAY_S = 86_400.0
BAD_INPUT, NOT_FOUND = 2, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("add", help="make a token and print it: it is shown this once")
    _add_entry_arguments(add)
    listing = verbs.add_parser("list", help="who has one; never the tokens themselves")
    listing.add_argument("--json", action="store_true", help="print one JSON array")
    revoke = verbs.add_parser("revoke", help="take tokens back; a running engine heeds it at once")
    revoke.add_argument("id_or_name", metavar="ID_OR_NAME", help="of a name: all its tokens")
    for verb in (add, listing, revoke):
        verb.add_argument(
            "--tokens", metavar="FILE", type=Path, help="the store (default: in ~/.config/diffgem)"
        )


def _add_entry_arguments(add: argparse.ArgumentParser) -> None:
    add.add_argument("name", metavar="NAME", help="who it is for; several tokens share its limits")
    add.add_argument("--expires", type=float, metavar="DAYS", help="default: never")
    add.add_argument("--rate", type=float, metavar="N", help="requests a second, in the long run")
    add.add_argument("--burst", type=int, metavar="N", help=f"of --rate, after a pause: {BURST}")
    add.add_argument("--concurrency", type=int, metavar="N", help="requests in flight")
    add.add_argument("--weight", type=float, default=1.0, metavar="W", help="share of the engine")
    add.add_argument(
        "--rights", default=INFILL, metavar="R,R", help=f"of {', '.join(RIGHTS)}; default: {INFILL}"
    )


def run(options: argparse.Namespace) -> int:
    verbs = {"add": _add, "list": _list, "revoke": _revoke}
    try:
        return verbs[options.verb](store_at(options.tokens or default_store()), options)
    except (StoreError, ValueError) as error:
        return _complain(str(error), BAD_INPUT)


def _unshown(token: str) -> str | None:
    """Prints it; why that cannot be."""
    if sys.stdout is None:
        return "standard output is closed"
    try:
        write(token, sys.stdout)
    except OutputLost as error:
        abandon_output()
        return error.reason or "nobody reads standard output"
    return None


def _add(store: TokenStore, options: argparse.Namespace) -> int:
    """The token is all of stdout, so that it can go straight into a file."""
    token = new_token()
    entry = _entry(options, token)
    store.add(entry)
    if (why := _unshown(token)) is not None:
        store.revoke(entry.id)
        return _complain(
            f"the token cannot be written: {why}; it was taken back, give the command again",
            BAD_INPUT,
        )
    print(
        f"token {entry.id} of {entry.name}, expires: {entry.expiry}.  It is not shown again: put "
        "it into a file that only its user can read (setting engineTokenFile).",
        file=sys.stderr,
    )
    return 0


def _entry(options: argparse.Namespace, token: str) -> Entry:
    now = time.time()
    if options.expires is not None and not 0 < options.expires <= 36_500:
        raise ValueError(
            f"--expires must be more than 0 days and 36500 at most, not {options.expires:g}"
        )
    if options.burst is not None and options.rate is None:
        raise ValueError("--burst is what may come at once of a --rate: give that as well")
    return Entry(
        id=secrets.token_hex(4),
        name=options.name,
        digest=digest_of(token),
        created=now,
        expires=None if options.expires is None else now + options.expires * DAY_S,
        rights=tuple(dict.fromkeys(options.rights.split(","))),
        weight=options.weight,
        rate=options.rate,
        burst=BURST if options.burst is None else options.burst,
        concurrency=options.concurrency,
    )


def _list(store: TokenStore, options: argparse.Namespace) -> int:
    entries = store.read()
    if options.json:
        write(json.dumps([_shown(entry) for entry in entries], indent=1), sys.stdout)
        return 0
    if entries:
        write("\n".join(map(_row, entries)), sys.stdout)
    else:
        print(
            f"no tokens in {store.path}: make one with `diffgem-engine token add NAME`, or name "
            "another store with --tokens",
            file=sys.stderr,
        )
    return 0


def _row(entry: Entry) -> str:
    state = "EXPIRED" if entry.expired(time.time()) else "expires"
    rights = ",".join(entry.rights)
    who = f"{entry.id}  {entry.name:<20}  {rights:<14}"
    return f"{who}  {_limits(entry)}, {state} {entry.expiry}"


def _shown(entry: Entry) -> dict[str, object]:
    """Even the digest stays in the store."""
    return {name: value for name, value in as_json(entry).items() if name != "digest"}


def _limits(entry: Entry) -> str:
    rate = "any rate" if entry.rate is None else f"{entry.rate:g}/s, {entry.burst} at once"
    flight = "" if entry.concurrency is None else f", {entry.concurrency} in flight"
    return f"{rate}{flight}, weight {entry.weight:g}"


def _revoke(store: TokenStore, options: argparse.Namespace) -> int:
    gone = store.revoke(options.id_or_name)
    if not gone:
        return _complain(
            f"no token in {store.path} has the id or name {options.id_or_name}: see "
            "`diffgem-engine token list`, or name another store with --tokens",
            NOT_FOUND,
        )
    write("\n".join(f"revoked {entry.id} of {entry.name}" for entry in gone), sys.stdout)
    return 0


def _complain(message: str, code: int) -> int:
    print(f"diffgem-engine: {message}", file=sys.stderr)
    return code
