import assert from "node:assert/strict";
import { beside, hint, nothingOffered, styleOf } from "./beside";
import { environment } from "./environment";
import { type Opened, played } from "./opened";
import { press } from "./page";
import { test } from "./runner";
import { holds } from "./server";
import { until } from "./until";

const { renamed, files, scenes } = environment.played;

async function offered(): Promise<Opened> {
  const open = await played("rename");
  await hint("Tab goes here");
  return open;
}

test("a next edit is drawn, Tab goes there and Tab applies it", async () => {
  const open = await offered();
  const typed = open.text;
  assert.match(await beside(), /"_rate"/);
  await holds(open.editor.document, typed);
  await press("Tab");
  await hint("Tab accepts");
  assert.equal(open.editor.document.lineAt(open.editor.selection.active).text, "        return result - discount");
  await holds(open.editor.document, typed);
  await press("Tab");
  await until("the edit", () => open.text !== typed);
  await holds(open.editor.document, renamed);
  await nothingOffered();
});

test("what a next edit puts in does not look like code", async () => {
  await offered();
  const { fontStyle, color, textColor } = await styleOf("_rate");
  assert.equal(fontStyle, "italic");
  assert.notEqual(color, textColor);
});

test("one undo takes a next edit back", async () => {
  const open = await offered();
  const typed = open.text;
  await press("Tab");
  await hint("Tab accepts");
  await press("Tab");
  await until("the edit", () => open.text === renamed);
  await press("Control+z");
  await until("the undo", () => open.text !== renamed);
  await holds(open.editor.document, typed);
});

test("typing on takes a next edit away", async () => {
  const open = await offered();
  await press("Backspace", "Backspace", "Backspace", "Backspace", "Backspace");
  await until("what was typed to go", () => open.text === files[scenes.rename.file]);
  await nothingOffered();
  await holds(open.editor.document, files[scenes.rename.file]!);
});

// the last: what was dismissed is not offered again
test("Escape takes a next edit away, and Tab is Tab again", async () => {
  const open = await offered();
  const typed = open.text;
  await press("Escape");
  await nothingOffered();
  const at = open.cursor;
  await press("Tab");
  await until("the blanks", () => open.text !== typed);
  const blanks = open.text.slice(at, open.cursor);
  assert.match(blanks, /^ {1,4}$/);
  await holds(open.editor.document, typed.slice(0, at) + blanks + typed.slice(at));
});
