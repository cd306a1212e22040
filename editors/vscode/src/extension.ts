import * as path from "node:path";
import * as vscode from "vscode";
import { Preview } from "./actions/preview";
import { Offered } from "./edits/offered";
import { FEATURES } from "./features";
import { Again } from "./inline/again";
import { GhostText } from "./inline/ghost_text";
import * as install from "./install/install";
import * as removal from "./install/remove";
import { createLog } from "./log";
import type { Parts } from "./parts";
import { optionNames } from "./settings/names";
import { Settings } from "./settings/settings";
import * as commands from "./server/commands";
import { Supervisor } from "./server/supervisor";
import { StatusBoard } from "./status/board";
import * as statistics from "./status/statistics";
import { Snooze } from "./status/snooze";

/** What deals with the server as a program. */
const OF_SERVER = [commands.register, install.register, removal.register, statistics.register];

let supervisor: Supervisor | undefined;

/** Puts the parts together; the server starts behind it, and nobody waits for that. */
export function activate(context: vscode.ExtensionContext): Parts {
  const begun = performance.now();
  const log = createLog();
  const snooze = new Snooze(context.workspaceState);
  const settings = new Settings(optionNames(context.extension), snooze);
  const status = new StatusBoard();
  const suggestions = { ghost: new GhostText(), offered: new Offered(), preview: new Preview() };
  const parts: Parts = {
    ...{ context, log, settings, status, snooze, again: new Again(), ...suggestions },
    client: () => supervisor?.client,
    onClient: (listener) => started.onClient(listener),
  };
  const started = new Supervisor(parts, path.join(context.globalStorageUri.fsPath, "server"));
  supervisor = started;
  context.subscriptions.push(log, snooze, settings, status, started, ...Object.values(suggestions));
  context.subscriptions.push(
    ...FEATURES.map((register) => register(parts)),
    ...OF_SERVER.map((register) => register(parts, started)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.lookAgain()),
    settings.onDidChange(
      (event) => event?.affectsConfiguration("diffgem.server.path") && started.lookAgain(),
    ),
  );
  void started.start();
  log.info(`activated in ${(performance.now() - begun).toFixed(1)} ms`);
  return parts;
}

export async function deactivate(): Promise<void> {
  await supervisor?.stop();
}
