"""Any client at all, over the wire: one reply to each request, the client's text, nothing late."""

import asyncio
import contextlib
import re

from attrs import frozen
from editor import METHOD, PATIENCE_S, completion_params, edited_here
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from text_oracle import PIECES, index_of, line_starts, text_of, units_of

from diffgem_engine.evaluation.replay.hosting import hosted
from diffgem_engine.evaluation.replay.telling import TOLD, TellingBackend

INVALID, CANCELLED = -32602, -32800
FIRST = 1_000  # of our ids: the editor's own are below
PAIR = ("file:///w/a.py", "file:///w/b.txt")
URIS = st.sampled_from(PAIR)
TEXTS = st.lists(st.sampled_from(["x = ", "f(", ")", *PIECES]), max_size=6).map("".join)
PLACES = st.tuples(st.integers(-1, 5), st.integers(-1, 12) | st.just(2**31 - 1))
VERSIONS = st.integers(-3, 9)


@frozen
class Known:
    """A document as the client has it; `units` is None where a change made no sense."""

    units: list[int] | None
    version: int
    revision: int  # unlike the version it never repeats


# A change that did not parse is lost, whatever it was of.
NEVER_OPEN = Known(None, 0, 0)


@frozen
class Asked:
    """A request, and the document as it was then; None where it was not open."""

    uri: str
    known: Known | None
    place: tuple[int, int] | None = None  # None: it asks for the text


class AnyClient(RuleBasedStateMachine):
    """What is sent between two waits arrives in one piece."""

    def __init__(self):
        super().__init__()
        self.runner, self.stack = asyncio.Runner(), contextlib.AsyncExitStack()
        self.engine, self.open, self.asked = TellingBackend(), {}, {}
        self.given_up, self.revision = set(), 0

    @initialize(encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]))
    def begins(self, encoding):
        self.encoding = encoding
        self.runner.run(self._begin())
        for uri in PAIR:
            self.opens(uri=uri, text="x = ", version=1)

    async def _begin(self):
        socket = await self.stack.enter_async_context(hosted(self.engine))
        self.editor, _ = await self.stack.enter_async_context(edited_here())
        options = {"engineSocket": str(socket), "debounceMs": 0, "workspaceOnly": False}
        await self.editor.initialize([self.encoding], **options)

    @rule(uri=URIS, text=TEXTS, version=VERSIONS)
    def opens(self, uri, text, version):
        language = "python" if uri.endswith("py") else "plaintext"
        self.editor.open(uri, text, language, version)
        self._now(uri, units_of(text, self.encoding), version)

    @rule(uri=URIS)
    def closes(self, uri):
        self.editor.notify("textDocument/didClose", textDocument={"uri": uri})
        self.open.pop(uri, None)
        self._asks_for_the_text(uri)

    @rule(uri=URIS, text=TEXTS, version=VERSIONS, ends=st.tuples(PLACES, PLACES))
    def changes(self, uri, text, version, ends):
        start, end = ({"line": line, "character": column} for line, column in ends)
        self._tell(uri, version, {"range": {"start": start, "end": end}, "text": text})
        known = self.open.get(uri)
        if known is not None and known.units is not None:
            self._now(uri, self._edited(known.units, ends, text), version)
        elif known is None and min(map(min, ends)) < 0:
            self.open[uri] = NEVER_OPEN
        self._asks_for_the_text(uri)

    @rule(uri=URIS, text=st.sampled_from(["a", "x = ", " ", "\n", "q", "é🍰"]), hurry=st.booleans())
    def types(self, uri, text, hurry):
        """At the end of the text, and asks there: what most of a session is."""
        known = self.open.get(uri)
        if known is not None and known.units is not None:
            end = self._end(known.units)
            self.changes(uri=uri, text=text, version=known.version + 1, ends=(end, end))
            self.completes(uri=uri, place=self._end(self.open[uri].units), kind=2)
            if not hurry:
                self.waits()

    @rule(uri=URIS, text=TEXTS, version=VERSIONS)
    def replaces(self, uri, text, version):
        self._tell(uri, version, {"text": text})
        if self.open.get(uri, NEVER_OPEN) is not NEVER_OPEN:
            self._now(uri, units_of(text, self.encoding), version)
        self._asks_for_the_text(uri)

    @rule(uri=URIS, place=PLACES, kind=st.integers(1, 2))
    def completes(self, uri, place, kind):
        params = completion_params(uri, *place, triggerKind=kind)
        self._ask(METHOD, params, Asked(uri, self.open.get(uri), place))

    @rule(back=st.integers(1, 4))
    def cancels(self, back):
        """Whatever it was, and whether it has its answer or not."""
        number = FIRST + len(self.asked) - back
        self.given_up.add(number)
        self.editor.notify("$/cancelRequest", id=number)

    @rule(number=st.integers(0, 2))
    def renames_the_folder(self, number):
        added = [{"uri": f"file:///w{number}", "name": "w"}]
        event = {"added": added, "removed": [{"uri": "file:///w", "name": "w"}]}
        self.editor.notify("workspace/didChangeWorkspaceFolders", event=event)

    @rule()
    def waits(self):
        self.runner.run(self._settle())

    def teardown(self):
        try:
            if hasattr(self, "editor"):
                self.runner.run(self._settle())
                self._judge()
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()

    def _asks_for_the_text(self, uri):
        params = {"textDocument": {"uri": uri}}
        self._ask("diffgem/document", params, Asked(uri, self.open.get(uri)))

    def _tell(self, uri, version, change):
        document = {"uri": uri, "version": version}
        self.editor.notify("textDocument/didChange", textDocument=document, contentChanges=[change])

    def _now(self, uri, units, version):
        self.revision += 1
        self.open[uri] = Known(units, version, self.revision)

    def _end(self, units):
        starts = line_starts(units)
        return len(starts) - 1, len(units) - starts[-1]

    def _edited(self, units, ends, new):
        first, last = sorted(ends)
        if min(map(min, ends)) < 0 or first[0] > len(line_starts(units)):
            return None
        at, to = (index_of(units, *place, self.encoding) for place in (first, last))
        spliced = units[:at] + units_of(new, self.encoding) + units[to:]
        return units_of(text_of(spliced, self.encoding), self.encoding)

    def _ask(self, method, params, asked):
        number = FIRST + len(self.asked)
        self.asked[number] = asked
        self.editor.send(id=number, method=method, params=params)

    async def _settle(self):
        self.engine.release()
        async with asyncio.timeout(PATIENCE_S):
            while any(not self.editor.replies[number] for number in self.asked):  # noqa: ASYNC110
                await asyncio.sleep(0)
        self.engine.hold()

    def _judge(self):
        """Every reply, in the order of arrival."""
        assert {len(found) for found in self.editor.replies.values()} <= {1}
        latest = {}
        for number, (reply,) in self.editor.replies.items():
            asked = self.asked.get(number)
            if asked is None:
                continue
            error = reply.get("error", {}).get("code")
            if error == CANCELLED:
                assert number in self.given_up
            elif self._is_nonsense(asked):
                assert error == INVALID, reply
            elif asked.place is None:
                self._judge_document(asked, reply["result"])
                latest[asked.uri] = asked.known.revision
            else:
                self._judge_items(asked, reply["result"], latest.get(asked.uri, 0))

    def _is_nonsense(self, asked):
        known, place = asked.known, asked.place
        if known is None or (place is not None and min(place) < 0):
            return True
        if known.units is None:
            return place is None
        return place is not None and place[0] >= len(line_starts(known.units))

    def _judge_document(self, asked, found):
        text = text_of(asked.known.units, self.encoding)
        assert found == {"version": asked.known.version, "text": text}

    def _judge_items(self, asked, found, latest):
        for item in found["items"] if found is not None else ():
            assert asked.known.revision >= latest, "late"
            before, here = self._before(asked)
            assert item["range"] == {"start": here, "end": here}
            assert self._is_made_for(before, item["insertText"]), (before, item)

    def _before(self, asked):
        """The text before the cursor, and its place: inside a character means before it."""
        units, (line, _) = asked.known.units, asked.place
        at = index_of(units, *asked.place, self.encoding)
        if self.encoding == "utf-16" and units[at : at + 1] and is_half(units, at):
            at -= 1
        column = at - line_starts(units)[line]
        return text_of(units[:at], self.encoding), {"line": line, "character": column}

    def _is_made_for(self, before, shown):
        told = TOLD.search(before[-12:] + shown)
        if told is None:
            return False
        typed = len(told[0]) - len(shown)
        seen = plain(self.engine.asked[int(told[1])].prefix)
        before = plain(before[: len(before) - typed])
        return before.endswith(seen[-20:]) or is_behind_a_preamble(before, seen)


def is_behind_a_preamble(before, seen):
    """All of a short document before the cursor, and above it lines from elsewhere."""
    return seen.endswith(before) and seen[: len(seen) - len(before)].endswith("\n")


def is_half(units, at):
    return at > 0 and 0xDC00 <= units[at] < 0xE000 and 0xD800 <= units[at - 1] < 0xDC00


def plain(text):
    """As prompts have it: no lone surrogates, and lines that end in LF."""
    whole = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return whole.replace("\r\n", "\n").replace("\r", "\n")


AnyClient.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestAnyClient = AnyClient.TestCase
