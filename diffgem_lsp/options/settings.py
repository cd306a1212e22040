"""Every setting: its default, what it may be and what it means.  The one source of their docs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attrs import field, fields, frozen

from diffgem_engine.protocol import Sampling
from diffgem_lsp.options import checks
from diffgem_lsp.options.checks import Check

LARGEST_FILE = 10_000_000  # characters
MOST_CHARACTERS = 100_000  # of context: more than any checkpoint reads, less than a frame holds
NONE_OF_THEM: Mapping[str, bool] = MappingProxyType({})


def _option(
    default: Any, check: Check, meaning: str, *, unset: str = "", decides_what_runs: bool = False
) -> Any:
    """`unset` says what stands for a default of None."""
    about = {"check": check, "meaning": meaning, "unset": unset, "runs": decides_what_runs}
    return field(default=default, metadata=about)


@frozen
class Options:
    """What a client may set, in camel case: as `initializationOptions`, and later by
    `workspace/didChangeConfiguration` under `diffgem`.
    """

    enabled: bool = _option(True, checks.flag, "`false`: answer nothing, start nothing")
    trigger: str = _option(
        "automatic",
        checks.one_of("automatic", "manual"),
        "`manual`: ghost text only when you ask for it",
    )
    debounce_ms: int | None = _option(
        None,
        checks.whole(0, 5_000),
        "how long a pause in the typing must be before the engine is asked",
        unset="by how fast you type and how fast the engine answers",
    )
    candidates: int | None = _option(
        None,
        checks.whole(1, 8),
        "the most alternatives that are offered",
        unset="one on a CPU and four on a GPU, four when invoked by hand",
    )
    lines: str = _option(
        "auto",
        checks.one_of("auto", "single", "multi"),
        "`single`: never more than one line; `multi`: whole blocks wherever a line ends; "
        "`auto`: by the syntax tree",
    )
    max_lines: int = _option(12, checks.whole(1, 200), "the longest completion, in lines")
    min_confidence: float | None = _option(
        None,
        checks.number(0.0, 1.0),
        "0 to 1; below it nothing is shown",
        unset="as fitted for the checkpoint; 0 where that was not done",
    )
    languages: Mapping[str, bool] = _option(
        NONE_OF_THEM,
        checks.switches,
        'languages to leave alone, as `{"markdown": false}`; `"*"` stands for all others',
    )
    files: Mapping[str, bool] = _option(
        NONE_OF_THEM,
        checks.switches,
        'files to leave alone, as `{"tests/**": false}`, in the words of a `.gitignore`; '
        "of several that fit the last decides",
    )
    workspace_only: bool = _option(
        True, checks.flag, "leave files outside the workspace's folders alone"
    )
    max_file_characters: int = _option(
        LARGEST_FILE, checks.whole(1, 100_000_000), "leave larger files alone"
    )
    popup_completion: bool = _option(
        False,
        checks.flag,
        "serve `textDocument/completion` too, for editors without inline completion "
        "(read at the start)",
    )
    drafts: bool = _option(
        True,
        checks.flag,
        "let texts that the document has elsewhere compete with what the model writes",
    )
    fallback: bool = _option(
        False,
        checks.flag,
        "where nothing is worth showing, ask once more: left to right, by the same model",
    )
    context_declarations: bool = _option(
        True, checks.flag, "show the model declarations that the code at the cursor uses"
    )
    context_recent_edits: bool = _option(True, checks.flag, "… what you changed lately")
    context_open_files: bool = _option(
        True, checks.flag, "… what other open files of the language have that is alike"
    )
    context_diagnostics: bool = _option(
        True, checks.flag, "… what the editor complains of near the cursor"
    )
    context_tokens: int | None = _option(
        None,
        checks.whole(0, 4_096),
        "how much of the prompt all of that may take, in tokens",
        unset="by what the checkpoint reads",
    )
    next_edits: bool = _option(True, checks.flag, "offer next edits to editors that ask for them")
    code_actions: bool = _option(True, checks.flag, "list code actions")
    acceptance: bool = _option(
        True,
        checks.flag,
        "keep count, on this machine alone, of what was shown and accepted (never any text)",
    )
    engine_socket: str | None = _option(
        None,
        checks.text,
        "a path, `tcp://127.0.0.1:PORT`, or `tls://HOST:PORT` for an engine of another machine",
        unset="the shared socket of this user",
        decides_what_runs=True,
    )
    engine_token_file: str | None = _option(
        None,
        checks.text,
        "a file that only you can read, with the token for an engine on `tls://` or `tcp://`",
        unset="the environment's `DIFFGEM_TOKEN`",
        decides_what_runs=True,
    )
    engine_certificate: str | None = _option(
        None,
        checks.text,
        "a file in PEM: who signed the certificate of the engine, or that certificate itself",
        unset="the authorities that this machine trusts",
        decides_what_runs=True,
    )
    engine_command: tuple[str, ...] | None = _option(
        None,
        checks.words,
        "how to start an engine, as a list",
        unset="this Python's `diffgem_engine`",
        decides_what_runs=True,
    )
    model: str | None = _option(
        None,
        checks.text,
        "a checkpoint's folder or hub id, for an engine started here",
        unset="the embedded one",
        decides_what_runs=True,
    )
    prefix_characters: int | None = _option(
        None,
        checks.whole(100, MOST_CHARACTERS),
        "how much text before the cursor the model may see",
        unset="what the checkpoint reads",
    )
    suffix_characters: int | None = _option(
        None,
        checks.whole(0, MOST_CHARACTERS),
        "how much text after the cursor the model may see",
        unset="what the checkpoint reads",
    )
    steps: int | None = _option(
        None, checks.whole(1, 256), "the most denoising steps", unset="the checkpoint's"
    )
    seed: int = _option(0, checks.whole(0, 2**31), "of the random stream")

    @property
    def sampling(self) -> Sampling:
        return Sampling(steps=self.steps)


def what_runs(options: Options) -> tuple[object, ...]:
    """The values by which an engine is found or started."""
    decisive = (each.name for each in fields(Options) if each.metadata["runs"])
    return options.enabled, *(getattr(options, name) for name in decisive)
