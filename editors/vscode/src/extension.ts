import * as path from "node:path";
import * as vscode from "vscode";
import { Offered } from "./edits/offered";
import { FEATURES } from "./features";
import { GhostText } from "./inline/ghost_text";
import { createLog } from "./log";
import type { Parts } from "./parts";
import { optionNames } from "./settings/names";
import { Settings } from "./settings/settings";
import { Supervisor } from "./server/supervisor";
import { StatusBoard } from "./status/board";
import { Snooze } from "./status/snooze";

let supervisor: Supervisor | undefined;

/** Puts the parts together; the server starts behind it, and nobody waits for that. */
export function activate(context: vscode.ExtensionContext): Parts {
  const begun = performance.now();
  const log = createLog();
  const snooze = new Snooze(context.workspaceState);
  const settings = new Settings(optionNames(context.extension), snooze);
  const status = new StatusBoard();
  const [ghost, offered] = [new GhostText(), new Offered()];
  const parts: Parts = {
    ...{ context, log, settings, status, snooze, ghost, offered },
    client: () => supervisor?.client,
    onClient: (listener) => started.onClient(listener),
  };
  const started = new Supervisor(parts, path.join(context.globalStorageUri.fsPath, "server"));
  supervisor = started;
  context.subscriptions.push(log, snooze, settings, status, started, ghost, offered);
  context.subscriptions.push(...FEATURES.map((register) => register(parts)));
  context.subscriptions.push(
    vscode.commands.registerCommand("diffgem.restart", () => started.restart()),
    vscode.commands.registerCommand("diffgem.showLog", () => log.show()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.lookAgain()),
  );
  void started.start();
  log.info(`activated in ${(performance.now() - begun).toFixed(1)} ms`);
  return parts;
}

export async function deactivate(): Promise<void> {
  await supervisor?.stop();
}
