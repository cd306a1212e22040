import assert from "node:assert/strict";
import { test } from "node:test";
import { edited } from "../../src/actions/texts";
import { reasonOf } from "../../src/actions/wire";

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

test("who ends a request hears nothing of it, everyone else why it failed", () => {
  assert.equal(reasonOf({ code: -32800, message: "cancelled in the editor" }), undefined);
  assert.equal(reasonOf({ code: -32801, message: "x" }), "the document has changed meanwhile: ask again");
  assert.equal(reasonOf(new Error("Fill this hole: nothing fits")), "Fill this hole: nothing fits");
});
