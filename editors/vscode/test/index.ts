import { environment } from "./environment";
import { enginePid } from "./engine";
import { closeAll } from "./opened";
import { cleanUp, runAll } from "./runner";
import { activated, state } from "./server";
import "./again.test";
import "./code_actions.test";
import "./complaints.test";
import "./ghost_text.test";
import "./moved_on.test";
import "./next_edits.test";
import "./preview.test";
import "./read_only.test";
import "./starting.test";
import "./status.test";
// those that write files of their own, which the model then sees
import "./cursors.test";
import "./far_edits.test";

/** Called by the extension host. */
export async function run(): Promise<void> {
  cleanUp(closeAll);
  await runAll(environment.report, environment.only, ready);
}

async function ready(): Promise<void> {
  await activated();
  await enginePid();
  await state("idle");
}
