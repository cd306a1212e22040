"""Which tree-sitter grammar parses which language; a grammar is imported on its first use."""

import logging
from collections.abc import Collection, Mapping
from functools import cache
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType

from tree_sitter import Language, Parser

log = logging.getLogger(__name__)

# LSP language id -> (module, function that gives the grammar)
_GRAMMARS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bash": ("tree_sitter_bash", "language"),
        "c": ("tree_sitter_c", "language"),
        "cpp": ("tree_sitter_cpp", "language"),
        "css": ("tree_sitter_css", "language"),
        "go": ("tree_sitter_go", "language"),
        "html": ("tree_sitter_html", "language"),
        "java": ("tree_sitter_java", "language"),
        "javascript": ("tree_sitter_javascript", "language"),
        "json": ("tree_sitter_json", "language"),
        "lua": ("tree_sitter_lua", "language"),
        "php": ("tree_sitter_php", "language_php"),
        "python": ("tree_sitter_python", "language"),
        "ruby": ("tree_sitter_ruby", "language"),
        "rust": ("tree_sitter_rust", "language"),
        "tsx": ("tree_sitter_typescript", "language_tsx"),
        "typescript": ("tree_sitter_typescript", "language_typescript"),
    }
)

# what editors also call them
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "c++": "cpp",
        "cuda-cpp": "cpp",
        "golang": "go",
        "javascriptreact": "javascript",
        "jsonc": "json",
        "jsx": "javascript",
        "objective-c": "c",
        "py": "python",
        "rb": "ruby",
        "sh": "bash",
        "shell": "bash",
        "shellscript": "bash",
        "typescriptreact": "tsx",
        "zsh": "bash",
    }
)

_EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        ".bash": "shellscript",
        ".c": "c",
        ".cc": "cpp",
        ".cjs": "javascript",
        ".cpp": "cpp",
        ".css": "css",
        ".cts": "typescript",
        ".cxx": "cpp",
        ".go": "go",
        ".h": "c",
        ".hh": "cpp",
        ".hpp": "cpp",
        ".htm": "html",
        ".html": "html",
        ".hxx": "cpp",
        ".java": "java",
        ".js": "javascript",
        ".json": "json",
        ".jsx": "javascriptreact",
        ".lua": "lua",
        ".mjs": "javascript",
        ".mts": "typescript",
        ".php": "php",
        ".py": "python",
        ".pyi": "python",
        ".rb": "ruby",
        ".rs": "rust",
        ".sh": "shellscript",
        ".ts": "typescript",
        ".tsx": "typescriptreact",
        ".zsh": "shellscript",
    }
)


LANGUAGES: tuple[str, ...] = tuple(_GRAMMARS)


def grammar_of(language_id: str) -> str | None:
    """The name of the grammar for an LSP language id; None when there is none."""
    name = _ALIASES.get(language_id, language_id)
    return name if name in _GRAMMARS else None


def language_of(path: str | PurePath) -> str | None:
    """The LSP language id of a file, by its extension."""
    return _EXTENSIONS.get(PurePath(path).suffix.lower())


def extensions_of(grammars: Collection[str]) -> tuple[str, ...]:
    """With the dot."""
    return tuple(end for end, name in _EXTENSIONS.items() if grammar_of(name) in grammars)


def parser_for(language_id: str) -> Parser | None:
    """None when no grammar parses the language, or when its wheel does not load."""
    name = grammar_of(language_id)
    return _load(name) if name is not None else None


@cache
def _load(name: str) -> Parser | None:
    module, function = _GRAMMARS[name]
    try:
        return Parser(Language(getattr(import_module(module), function)()))
    except (ImportError, AttributeError, ValueError) as error:
        log.warning("no syntax tree for %s: %s", name, error)
        return None
