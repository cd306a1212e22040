import assert from "node:assert/strict";
import { test } from "node:test";
import { edited } from "../../src/actions/texts";
import { isStale, reasonOf, type Rewriting } from "../../src/actions/wire";

test("a preview is the text with all edits in it, in whatever order they come", () => {
  const edits = [
    { start: 4, end: 7, text: "two" },
    { start: 0, end: 3, text: "a longer one" },
    { start: 11, end: 11, text: "!" },
  ];
  assert.equal(edited("one 222 fin", edits), "a longer one two fin!");
  assert.equal(edited("one 222 fin", [...edits].reverse()), "a longer one two fin!");
  assert.equal(edited("same", []), "same");
});

function document(version: number, text: string): Rewriting["document"] {
  return { version, getText: () => text } as unknown as Rewriting["document"];
}

function rewriting(of: Rewriting["document"], version: number): Rewriting {
  return { document: of, version, edits: [], needsConfirmation: false };
}

test("a rewriting is for one version of its document", () => {
  assert.equal(isStale(rewriting(document(7, "x"), 7)), false);
  assert.equal(isStale(rewriting(document(8, "x"), 7)), true);
});

test("of a document that was closed and opened again the text decides: it counts from one", () => {
  const closed = rewriting(document(7, "x"), 7);
  assert.equal(isStale(closed, document(1, "x")), false);
  assert.equal(isStale(closed, document(7, "y")), true);
});

test("who ends a request hears nothing of it, everyone else why it failed", () => {
  assert.equal(reasonOf({ code: -32800, message: "cancelled in the editor" }), undefined);
  assert.equal(reasonOf({ code: -32801, message: "x" }), "the document has changed meanwhile: ask again");
  assert.equal(reasonOf(new Error("Fill this hole: nothing fits")), "Fill this hole: nothing fits");
});
