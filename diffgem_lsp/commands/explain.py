"""`diffgem-lsp explain`: what an editor's completion would send to the engine, and why."""

import argparse
import asyncio
import json
import sqlite3
import sys
from pathlib import Path

from attrs import evolve

from diffgem_engine.endpoint import EndpointError
from diffgem_engine.output import write
from diffgem_lsp.commands import STDIN
from diffgem_lsp.commands.answering import welcome_of
from diffgem_lsp.commands.connecting import endpoint_for, engine_for
from diffgem_lsp.commands.explained import page
from diffgem_lsp.commands.places import PlaceError, open_place, parse_place
from diffgem_lsp.documents import DocumentStore
from diffgem_lsp.engine.errors import EngineError
from diffgem_lsp.explanation import explain
from diffgem_lsp.index.local import indexed
from diffgem_lsp.index.workspace import file_of
from diffgem_lsp.inline.completion import Memory
from diffgem_lsp.options import Options
from diffgem_lsp.prompt.assembly import Prompts
from diffgem_lsp.prompt.beyond import Beyond
from diffgem_lsp.snapshots import Snapshot


def run(options: argparse.Namespace) -> int:
    """1 where nothing would be sent, 2 for bad input, 3 where no engine answers."""
    try:
        place = parse_place(options.place)
        snapshot = open_place(place, options.language)
        if place.file != STDIN:
            snapshot = evolve(snapshot, uri=Path(place.file).absolute().as_uri())
        return asyncio.run(_explain(snapshot, _roots(snapshot, options), options))
    except (PlaceError, EndpointError) as error:
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 2
    except (OSError, sqlite3.Error) as error:
        why = f"the workspace cannot be indexed: {error}; give another --workspace"
        print(f"diffgem-lsp: {why}", file=sys.stderr)
        return 2
    except EngineError as error:
        print(f"diffgem-lsp: {error}", file=sys.stderr)
        return 3


async def _explain(snapshot: Snapshot, roots: list[Path], options: argparse.Namespace) -> int:
    engine = engine_for(options)
    index = indexed(roots)
    beyond = Beyond(DocumentStore(), index, lambda _: True, lambda _: True, lambda: roots)
    wanted = Options(context_tokens=options.context_tokens)
    try:
        await welcome_of(engine, endpoint_for(options))
        found = await explain(snapshot, engine, wanted, Memory(prompts=Prompts(beyond)))
    finally:
        await engine.close()
        await index.close()
    if options.json:
        write(json.dumps(found), sys.stdout)
    else:
        write(page(found), sys.stdout)
    return 0 if found["sent"] else 1


def _roots(snapshot: Snapshot, options: argparse.Namespace) -> list[Path]:
    """The folder that was named, or the one around the file that is under version control."""
    if options.workspace:
        return [Path(options.workspace).absolute()]
    file = file_of(snapshot.uri)
    around = file.parents if file is not None else ()
    return [folder for folder in around if (folder / ".git").exists()][:1]
