import * as vscode from "vscode";
import type { Parts } from "./parts";

const SEEN = "diffgem.walkthroughSeen";
const WALKTHROUGH = "diffgem.diffgem#start";

/** The walkthrough: by command, and once by itself, on the first start. */
export function register({ context }: Parts): vscode.Disposable {
  const open = (): Thenable<unknown> =>
    vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH, false);
  const isFirst = context.globalState.get(SEEN) === undefined;
  if (isFirst && context.extensionMode === vscode.ExtensionMode.Production) {
    void context.globalState.update(SEEN, true);
    void openUnlessBusy(open);
  }
  return vscode.commands.registerCommand("diffgem.openWalkthrough", open);
}

/** Who has code open already is not to lose sight of it. */
async function openUnlessBusy(open: () => Thenable<unknown>): Promise<void> {
  if (vscode.window.visibleTextEditors.length === 0) {
    await open();
    return;
  }
  const look = "Open the Walkthrough";
  const message = "DiffGem is here: ghost text from a model on your own machine.";
  if ((await vscode.window.showInformationMessage(message, look)) === look) {
    await open();
  }
}
