import assert from "node:assert/strict";
import * as vscode from "vscode";
import { enginePid } from "./engine";
import { ghost, someGhost } from "./ghost";
import { closeAll, played } from "./opened";
import { test } from "./runner";
import { holds, lastAnswer, parts, state } from "./server";

const START = new vscode.Position(0, 0);

test("an ignored file stays quiet, and the status says why", async () => {
  const open = await played("excluded");
  const before = open.text;
  await state("off");
  assert.match(parts().status.now.reason ?? "", /ignored/);
  assert.equal(await ghost(), "");
  await holds(open.editor.document, before);
});

test("an engine that is killed comes back, and with it ghost text", async () => {
  const pid = await enginePid();
  process.kill(pid, "SIGKILL");
  const open = await played("ghost");
  await holds(open.editor.document, open.text);
  await enginePid(pid);
  await closeAll();
  await state("idle");
  const again = await played("ghost", (builder) => builder.insert(START, "# not asked before\n"));
  await someGhost();
  assert.ok((await lastAnswer()).engineMs > 0);
  await holds(again.editor.document, again.text);
});
