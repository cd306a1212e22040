import assert from "node:assert/strict";
import { test } from "node:test";
import { Dismissed } from "../../src/edits/asking";

const EDIT = { replaced: "discount", text: "discount_rate" };

test("what was sent away stays away in its document, until all is forgotten there", () => {
  const dismissed = new Dismissed();
  dismissed.add("file:///a.py", EDIT);
  assert.ok(dismissed.has("file:///a.py", { ...EDIT }));
  assert.ok(!dismissed.has("file:///b.py", EDIT));
  assert.ok(!dismissed.has("file:///a.py", { ...EDIT, text: "rate" }));
  dismissed.forget("file:///b.py");
  assert.ok(dismissed.has("file:///a.py", EDIT));
  dismissed.forget("file:///a.py");
  assert.ok(!dismissed.has("file:///a.py", EDIT));
});
