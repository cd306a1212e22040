import * as vscode from "vscode";

import type { Parts } from "../parts";
import { selects } from "../server/selector";
import type { Status } from "../status/status";
import * as askingAgain from "./asking_again";

export { middleware } from "./provide";

const READ_MS = 6000;
const PATIENCE_MS = 5000; // then the user hears what it waits for; what comes later is shown as well
const NOT_ASKED =
  "VS Code asks for no ghost text here: the file is read-only, or the setting chat.disableAIFeatures is on";

/** The keys for words, lines and alternatives are VS Code's own; what it has no command for is here. */
export function register(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand("diffgem.trigger", () => ask(parts)),
    askingAgain.register(parts),
  );
}

/** Ghost text by hand; where none comes, the reason. */
async function ask(parts: Parts): Promise<void> {
  const [client, editor] = [parts.client(), vscode.window.activeTextEditor];
  if (client === undefined) {
    tell(parts.status.now.message);
    return;
  }
  if (editor === undefined || !selects(editor.document)) {
    tell("ghost text comes in files alone: open one, and put the cursor where it is to come");
    return;
  }
  const answered = parts.ghost.next(PATIENCE_MS);
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  const any = await answered;
  if (!any) {
    const { state, message } = await client.sendRequest<Status>("diffgem/status");
    const isIgnored = any === undefined && state === "idle";
    tell(isIgnored ? NOT_ASKED : message);
  }
}

function tell(message: string): void {
  vscode.window.setStatusBarMessage(`DiffGem: ${message}`, READ_MS);
}
