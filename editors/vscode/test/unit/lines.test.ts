import assert from "node:assert/strict";
import { test } from "node:test";
import { gist, lineOf } from "../../src/server/lines";

test("a line of the server's log keeps its level and not its time", () => {
  const warning = "2026-11-22 03:56:50,950 WARNING diffgem_lsp.engine.client: no engine";
  assert.deepEqual(lineOf(warning), {
    level: "warn",
    text: "diffgem_lsp.engine.client: no engine",
  });
});

test("what is no line of a log is shown as it is", () => {
  const text = "Traceback (most recent call last):";
  assert.deepEqual(lineOf(text), { level: "info", text });
});

test("of a traceback its last line is told", () => {
  assert.equal(gist("Traceback:\n  File x\nImportError: no pygls\n"), "ImportError: no pygls");
});
