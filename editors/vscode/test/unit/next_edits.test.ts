import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, isHere, marksOf, type View } from "../../src/edits/layout";
import { current, type NextEdit, type Offer, offerOf, taken, turned } from "../../src/edits/offer";
import type { Place } from "../../src/edits/places";

function at(line: number, character: number): Place {
  return { line, character };
}

function rename(line: number, character: number): NextEdit {
  const range = { start: at(line, character), end: at(line, character + 8) };
  return { range, replaced: "discount", text: "discount_rate" };
}

function offer(...edits: NextEdit[]): Offer {
  const found = offerOf("file:///orders.py", 7, edits);
  assert.ok(found);
  return found;
}

const VIEW: View = { cursor: at(2, 20), lines: [{ first: 0, last: 30 }], takesTab: true };

test("an edit that is accepted moves what is behind it on its line, and nothing else", () => {
  const left = taken(offer(rename(3, 4), rename(3, 20), rename(9, 2)), 8);
  assert.deepEqual(left?.edits.map(({ range }) => range.start), [at(3, 25), at(9, 2)]);
  assert.equal(left?.version, 8);
});

test("an edit of several lines moves the lines behind it", () => {
  const two = { range: { start: at(1, 4), end: at(2, 3) }, replaced: "a\nbcd", text: "x\ny\nz" };
  const left = taken(offer(two, rename(2, 10), rename(5, 0), rename(0, 0)), 8);
  assert.deepEqual(left?.edits.map(({ range }) => range.start), [at(3, 8), at(6, 0), at(0, 0)]);
});

test("behind an accepted edit comes the following one, and behind the last the first", () => {
  const three = offer(rename(9, 2), rename(3, 4), rename(5, 0));
  const second = taken(turned(three, 1), 8);
  assert.equal(second && current(second).range.start.line, 5);
  const third = taken(three, 8);
  assert.equal(third && current(third).range.start.line, 3);
  assert.equal(taken(offer(rename(9, 2)), 8), undefined);
});

test("turning goes round in both directions", () => {
  const three = offer(rename(1, 0), rename(2, 0), rename(3, 0));
  assert.equal(turned(three, -1).at, 2);
  assert.equal(turned(turned(three, 2), 1).at, 0);
});

test("what an edit adds is drawn where it goes in", () => {
  const { removed, inserted, line } = marksOf(offer(rename(9, 2)), VIEW);
  assert.deepEqual(removed, []);
  assert.deepEqual(inserted, [{ at: at(9, 10), text: "_rate", whole: "_rate" }]);
  assert.equal(line, 9);
});

test("what an edit replaces is marked whole, the new text behind it", () => {
  const range = { start: at(1, 4), end: at(1, 9) };
  const { removed, inserted } = marksOf(offer({ range, replaced: "value", text: "valid" }), VIEW);
  assert.deepEqual(removed, [range]);
  assert.deepEqual(inserted, [{ at: at(1, 9), text: "valid", whole: "valid" }]);
});

test("what an edit takes away is marked alone", () => {
  const range = { start: at(1, 2), end: at(1, 8) };
  const { removed, inserted } = marksOf(offer({ range, replaced: "(a, b)", text: "(a)" }), VIEW);
  assert.deepEqual(removed, [{ start: at(1, 4), end: at(1, 7) }]);
  assert.deepEqual(inserted, []);
});

test("no character is drawn in halves", () => {
  const range = { start: at(1, 0), end: at(1, 4) }; // the two begin with the same unit
  const { removed } = marksOf(offer({ range, replaced: "🍱🍰", text: "🍰" }), VIEW);
  assert.deepEqual(removed, [{ start: at(1, 0), end: at(1, 2) }]);
});

test("new text keeps its white space, and stays in its line", () => {
  assert.equal(drawn("  a b"), "\u00a0\u00a0a\u00a0b");
  assert.equal(drawn("one\r\ntwo\nthree"), "one\u00a0⏎\u00a0+2");
  assert.equal(drawn("x".repeat(90)), `${"x".repeat(80)}…`);
});

test("the key accepts on the edit's line, and goes there from any other", () => {
  assert.ok(isHere(offer(rename(2, 0)), VIEW.cursor));
  assert.ok(!isHere(offer(rename(3, 0)), VIEW.cursor));
});

test("the hint stands at the edit while it is on the screen, else at the cursor", () => {
  const hint = (line: number) => marksOf(offer(rename(line, 0)), VIEW).hint;
  assert.deepEqual(hint(2), { line: 2, text: "⇥ Tab accepts" });
  assert.deepEqual(hint(9), { line: 9, text: "⇥ Tab goes here" });
  assert.deepEqual(hint(42), { line: 2, text: "⇥ next edit ↓ line 43" });
});

test("the hint names no key that does something else there", () => {
  const view = { ...VIEW, takesTab: false };
  const two = offer(rename(42, 0), rename(43, 0));
  assert.equal(marksOf(two, view).hint.text, "next edit ↓ line 43 (1 of 2)");
  assert.equal(marksOf(offer(rename(2, 0)), view).hint.text, "next edit");
});
