import * as vscode from "vscode";
import type { Parts } from "../parts";
import type { Supervisor } from "../server/supervisor";
import { removed } from "./removal";
import { Failed } from "./run";

const REMOVE = "Remove";
const DETAIL =
  "The server and the engine end, and their environment, the counts of suggestions, the indexes of your folders and the engine's log are deleted; settings stay. Close other editors that use DiffGem first.";

/** `diffgem.remove`: what is on this machine because of this extension goes; VS Code leaves it there. */
export function register(parts: Parts, supervisor: Supervisor): vscode.Disposable {
  return vscode.commands.registerCommand("diffgem.remove", () => remove(parts, supervisor));
}

async function remove(parts: Parts, supervisor: Supervisor): Promise<void> {
  const question = "Remove DiffGem's server and what it keeps?";
  const options = { modal: true, detail: DETAIL };
  if ((await vscode.window.showWarningMessage(question, options, REMOVE)) !== REMOVE) {
    return;
  }
  const program = supervisor.place?.command;
  const onLine = (line: string): void => parts.log.info(`remove: ${line}`);
  try {
    await supervisor.stop();
    const folder = parts.context.globalStorageUri.fsPath;
    await removed(program, folder, { signal: new AbortController().signal, onLine });
  } catch (error) {
    const words = error instanceof Failed ? error.output : String(error);
    void vscode.window.showErrorMessage(`DiffGem: not everything was removed, try again: ${words}`);
    return;
  }
  parts.status.set({ state: "missing", message: "the language server was removed" });
  void vscode.window.showInformationMessage(
    "DiffGem: the server and what it kept are removed. Uninstall the extension to have nothing of it left.",
  );
}
