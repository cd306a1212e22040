import assert from "node:assert/strict";
import { enginePid } from "./engine";
import { ghost, someGhost } from "./ghost";
import { played } from "./opened";
import { press } from "./page";
import { test } from "./runner";
import { holds, parts, state } from "./server";
import { until } from "./until";

test("an ignored file stays quiet, and the status says why", async () => {
  const open = await played("excluded");
  const before = open.text;
  await state("off");
  assert.match(parts().status.now.reason ?? "", /ignored/);
  assert.equal(await ghost(), "");
  await holds(open.editor.document, before);
});

test("an engine that is killed comes back, and with it ghost text", async () => {
  const open = await played("ghost");
  await someGhost();
  const pid = await enginePid();
  process.kill(pid, "SIGKILL");
  await enginePid(pid);
  await press("Escape");
  await until("ghost text of the new one", async () => {
    await press("Space");
    return ghost();
  });
  await holds(open.editor.document, open.text);
});
