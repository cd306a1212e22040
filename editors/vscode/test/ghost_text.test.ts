import assert from "node:assert/strict";
import * as vscode from "vscode";
import { gaps, ghost, noGhost, someGhost, watchForGaps } from "./ghost";
import { type Name, type Opened, opened, played } from "./opened";
import { environment } from "./environment";
import { press, texts, type } from "./page";
import { test } from "./runner";
import { holds } from "./server";
import { until } from "./until";

/** Takes what is shown with `key`: what it put in at the cursor, all else being as it was. */
async function accepted(open: Opened, key: string): Promise<string> {
  const [before, at] = [open.text, open.cursor];
  await press(key);
  await until(`${key} to put something in`, () => open.text !== before && open.cursor > at);
  const put = open.text.slice(at, open.cursor);
  await holds(open.editor.document, before.slice(0, at) + put + before.slice(at));
  return put;
}

async function isAccepted(open: Opened): Promise<void> {
  const shown = await someGhost();
  const put = await accepted(open, "Tab");
  assert.equal(put.split(/\r?\n/)[0], shown);
  await noGhost();
}

/** As VS Code shows it: in code points. */
function cursorOf({ editor }: Opened): string {
  const { line, character } = editor.selection.active;
  const before = [...editor.document.lineAt(line).text.slice(0, character)];
  return `Ln ${line + 1}, Col ${before.length + 1}`;
}

async function drawnCursor(): Promise<string | undefined> {
  return (await texts(".statusbar-item")).find((each) => each.startsWith("Ln "));
}

test("ghost text appears as one types, and Tab accepts it", async () => {
  await isAccepted(await played("ghost"));
});

for (const [what, name] of [
  ["ghost text behind astral characters goes in at the cursor", "unicode"],
  ["ghost text in a folder with blanks and signs in its name", "farFolder"],
] satisfies [string, Name][]) {
  test(what, async () => isAccepted(await played(name)));
}

test("ghost text in a file with Windows line ends", async () => {
  const open = await played("ghost", (builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
  await isAccepted(open);
  assert.equal(open.text.replaceAll("\r\n", "").includes("\n"), false);
});

test("typing through ghost text keeps it", async () => {
  const open = await played("ghost");
  const shown = await someGhost();
  await watchForGaps();
  for (const at of [1, 2, 3]) {
    await open.type(shown[at - 1]!);
    await until("the rest of it", async () => (await ghost()) === shown.slice(at));
  }
  assert.equal(await gaps(), 0);
  assert.equal((await accepted(open, "Tab")).split("\n")[0], shown.slice(3));
});

test("Escape takes ghost text away and nothing else", async () => {
  const open = await played("ghost");
  const before = open.text;
  await someGhost();
  await press("Escape");
  await noGhost();
  await holds(open.editor.document, before);
});

test("another key than the ghost text's replaces it", async () => {
  const open = await played("ghost");
  const shown = await someGhost();
  const other = shown.startsWith("x") ? "y" : "x";
  const before = open.text;
  const at = open.cursor;
  await open.type(other);
  await until("the old one to go", async () => (await ghost()) !== shown.slice(1));
  await holds(open.editor.document, before.slice(0, at) + other + before.slice(at));
});

test("ghost text is accepted by the word", async () => {
  const open = await played("ghost");
  const shown = await someGhost();
  const put = await accepted(open, "Control+ArrowRight");
  assert.ok(shown.startsWith(put) && put.length < shown.length, `${put} of ${shown}`);
  await until("the rest of it", async () => (await ghost()) === shown.slice(put.length));
});

test("ghost text is accepted by the line", async () => {
  const open = await played("ghost");
  const shown = await someGhost();
  const put = await accepted(open, "Alt+End");
  assert.equal(put.split("\n")[0], shown);
  assert.ok(put.split("\n").length <= 2, put);
});

test("asked by hand there are alternatives, and keys go through them", async () => {
  const open = await opened(environment.played.scenes.ghost.file);
  const before = open.text;
  await open.goTo(before.indexOf("(1 + tax"));
  await press("Alt+\\");
  const first = await someGhost();
  await press("Alt+]");
  const second = await until("another one", async () => {
    const now = await ghost();
    return now !== first && now !== "" && now;
  });
  await press("Alt+[");
  await until("the first one", async () => (await ghost()) === first);
  await press("Alt+]");
  await until("the other one", async () => (await ghost()) === second);
  await holds(open.editor.document, before);
  assert.equal((await accepted(open, "Tab")).split("\n")[0], second);
});

test("what is typed in haste is what both sides have", async () => {
  const open = await opened(environment.played.scenes.ghost.file);
  await open.goTo(open.text.indexOf("        result = 0"));
  for (const burst of ["for x i", "n y: ☕🍰 z", "\n\n    if x:\n", "= (a, [b"]) {
    await type(burst);
    await press("Backspace", "ArrowLeft", "Delete", "Escape");
    await until("the keys to come through", async () => (await drawnCursor()) === cursorOf(open));
    await holds(open.editor.document, open.text);
  }
});

test("Tab indents where no ghost text is shown", async () => {
  const open = await opened(environment.played.scenes.ghost.file);
  const before = open.text;
  await open.goTo(0);
  await press("Tab");
  await until("an indent", () => open.text !== before);
  await holds(open.editor.document, `    ${before}`);
});
