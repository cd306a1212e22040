import * as vscode from "vscode";

import type { Parts } from "../parts";
import type { Status } from "../status/status";

export { middleware } from "./provide";

const READ_MS = 6000;

/** The keys for words, lines and alternatives are VS Code's own; what it has no command for is here. */
export function register(parts: Parts): vscode.Disposable {
  return vscode.commands.registerCommand("diffgem.trigger", () => ask(parts));
}

/** Ghost text by hand; where none comes, the reason. */
async function ask(parts: Parts): Promise<void> {
  const client = parts.client();
  if (client === undefined) {
    tell(parts.status.now.message);
    return;
  }
  const answered = parts.ghost.next();
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  if (!(await answered)) {
    tell((await client.sendRequest<Status>("diffgem/status")).message);
  }
}

function tell(message: string): void {
  vscode.window.setStatusBarMessage(`DiffGem: ${message}`, READ_MS);
}
