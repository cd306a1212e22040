/** What keys and the palette do with next edits. */

import * as vscode from "vscode";

import { range } from "./drawing";
import { isHere } from "./layout";
import type { Offering } from "./offering";
import { current, type Offer } from "./offer";
import { targetOf, type Showing } from "./showing";

export function nextEditCommands(offering: Offering, showing: Showing): vscode.Disposable {
  const shown = () => {
    const editor = vscode.window.activeTextEditor;
    const offer = showing.shown(editor);
    return editor !== undefined && offer !== undefined ? { editor, offer } : undefined;
  };
  const turn = (steps: number) => {
    offering.turn(steps);
    const found = shown();
    if (found !== undefined) {
      go(found.editor, found.offer);
    }
  };
  const { registerCommand } = vscode.commands;
  return vscode.Disposable.from(
    registerCommand("diffgem.acceptNextEdit", () => accept(offering, shown())),
    registerCommand("diffgem.dismissNextEdit", () => offering.dismiss()),
    registerCommand("diffgem.nextNextEdit", () => turn(1)),
    registerCommand("diffgem.previousNextEdit", () => turn(-1)),
    registerCommand("diffgem.askForNextEdit", () => askByHand(offering)),
  );
}

/** Goes to the edit, and applies it once the cursor is there. */
async function accept(
  offering: Offering,
  shown: { editor: vscode.TextEditor; offer: Offer } | undefined,
): Promise<void> {
  if (shown === undefined) {
    await vscode.commands.executeCommand("tab"); // it went away between the key and here
  } else if (isHere(shown.offer, shown.editor.selection.active)) {
    await offering.take(shown.editor, shown.offer);
  } else {
    go(shown.editor, shown.offer);
  }
}

function go(editor: vscode.TextEditor, offer: Offer): void {
  const target = targetOf(offer);
  editor.selection = new vscode.Selection(target, target);
  const place = range(current(offer).range);
  editor.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function askByHand(offering: Offering): Promise<void> {
  if (!(await offering.ask(true))) {
    const message = "DiffGem: no next edit follows from what you changed last";
    vscode.window.setStatusBarMessage(message, 5000);
  }
}
