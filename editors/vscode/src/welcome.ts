import * as path from "node:path";
import * as vscode from "vscode";
import { isFirst } from "./once";
import type { Parts } from "./parts";

const SEEN = "diffgem.walkthroughSeen"; // of a user, on whatever machine the code is
const MARK = "walkthrough-seen"; // on this machine, for windows that open at the same time
const WALKTHROUGH = "diffgem.diffgem#start";
const HAS_SERVER = "diffgem.hasServer"; // contexts that tick the walkthrough's steps
const HAS_SHOWN = "diffgem.hasShownGhostText";

/** The walkthrough: by command, and once by itself, on the first start. */
export function register(parts: Parts): vscode.Disposable {
  const { context } = parts;
  if (context.extensionMode === vscode.ExtensionMode.Production) {
    void openFirst(context);
  }
  return vscode.Disposable.from(
    vscode.commands.registerCommand("diffgem.openWalkthrough", open),
    parts.onClient(() => tick(HAS_SERVER)),
    parts.ghost.onDidChange(() => parts.ghost.isAny && tick(HAS_SHOWN)),
  );
}

function tick(step: string): undefined {
  void vscode.commands.executeCommand("setContext", step, true);
}

function open(): Thenable<unknown> {
  return vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH, false);
}

async function openFirst({ globalState, globalStorageUri }: vscode.ExtensionContext): Promise<void> {
  if (globalState.get(SEEN) === undefined) {
    void globalState.update(SEEN, true);
    if (await isFirst(path.join(globalStorageUri.fsPath, MARK))) {
      await openUnlessBusy();
    }
  }
}

/** Who has code open already is not to lose sight of it. */
async function openUnlessBusy(): Promise<void> {
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
