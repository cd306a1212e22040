import assert from "node:assert/strict";
import { test } from "node:test";
import { pageOf, type Sent } from "../../src/explain/page";

const SENT: Sent = {
  sent: true,
  model: "python-small",
  tokens: { counted: true, prefix: 100, suffix: 20, preamble: 35 },
  budget: { promptTokens: 768, contextTokens: 96 },
  hole: { kind: "rest of line", slots: 22, startsWith: "" },
  prefix: "for ",
  suffix: "\n    pass",
  redactions: 0,
  drafts: ["price in prices:"],
  snippets: [{ source: "open file", file: "a.py", score: 0.4, text: "x = 1", reason: "alike", tokens: 3 }],
  leftOut: [{ source: "declaration", file: "b.py", score: 0.1, text: "y = 2", reason: "used", why: "no room" }],
};

test("where nothing is sent the page has the reason and no more", () => {
  const page = pageOf({ sent: false, reason: "it is ignored" }, "a.py, line 1", "python");
  assert.equal(page, "# What is sent from a.py, line 1\n\nNothing: it is ignored.\n");
});

test("the page has each text that is sent, where it is from and what is left out", () => {
  const page = pageOf(SENT, "shop.py, line 23", "python");
  assert.match(page, /## Text before the hole\n\n```python\nfor \n```/);
  assert.match(page, /\| all \| 120 \| 768 \|/);
  assert.match(page, /```python\nprice in prices:\n```/);
  assert.match(page, /\*\*open file\*\*, ` a.py `, 3 tokens: alike\n\n```python\nx = 1/);
  assert.match(page, /## Left out\n\n\*\*declaration\*\*, ` b.py `: no room/);
  assert.doesNotMatch(page, /secret/);
});

test("secrets that were taken out are counted, and tokens that were guessed are said to be", () => {
  const tokens = { ...SENT.tokens, counted: false };
  const page = pageOf({ ...SENT, tokens, redactions: 2 }, "a.py", "python");
  assert.match(page, /2 values that may be secret: taken out/);
  assert.match(page, /\| before the hole \| about 100 \|/);
});

test("code with backticks in it does not end its fence", () => {
  const page = pageOf({ ...SENT, prefix: "````\nx\n````" }, "a.md", "markdown");
  assert.match(page, /\n`{5}markdown\n````\nx\n````\n`{5}\n/);
});
