import { environment } from "./environment";
import { enginePid } from "./engine";
import { closeAll } from "./opened";
import { cleanUp, runAll } from "./runner";
import { state } from "./server";
import "./code_actions.test";
import "./cursors.test";
import "./far_edits.test";
import "./ghost_text.test";
import "./next_edits.test";
import "./preview.test";
import "./status.test";

/** Called by the extension host. */
export async function run(): Promise<void> {
  cleanUp(closeAll);
  await enginePid();
  await state("idle");
  await runAll(environment.report, environment.only);
}
