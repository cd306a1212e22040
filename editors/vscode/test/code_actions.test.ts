import assert from "node:assert/strict";
import { environment } from "./environment";
import { chosen } from "./menu";
import { type Opened, opened } from "./opened";
import { press } from "./page";
import { test } from "./runner";
import { holds } from "./server";
import { until } from "./until";

const { scenes, hole, fill } = environment.played;

async function isFilled(open: Opened): Promise<string> {
  const before = open.text;
  const [head, tail] = before.split(hole) as [string, string];
  await open.goTo(head.length);
  await chosen(fill, () => open.text !== before);
  const filled = open.text;
  assert.ok(filled.startsWith(head) && filled.endsWith(tail) && !filled.includes(hole), filled);
  await holds(open.editor.document, filled);
  await press("Control+z");
  await until("the undo", () => open.text !== filled);
  await holds(open.editor.document, before);
  return filled;
}

test("a code action fills the hole, and one undo takes it back", async () => {
  await isFilled(await opened(scenes.ghost.file));
});

test("a code action fills the hole of a file with Windows line ends", async () => {
  const open = await opened(scenes.ghost.file);
  await open.useWindowsLineEnds();
  const filled = await isFilled(open);
  assert.equal(filled.replaceAll("\r\n", "").search(/[\r\n]/), -1);
});
