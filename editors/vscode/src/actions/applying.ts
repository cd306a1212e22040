/** Rewritings on their way into the document. */

import * as vscode from "vscode";

import type { Preview } from "./preview";
import type { Rewriting } from "./wire";

/** Shows what replaces the user's code before; one step to undo.  Answers whether it was applied. */
export async function applied(
  preview: Preview,
  title: string,
  rewriting: Rewriting,
): Promise<boolean> {
  const { document, edits, needsConfirmation } = rewriting;
  const editor = vscode.window.activeTextEditor;
  const selection = editor?.document === document ? editor.selection : undefined;
  if (needsConfirmation && !(await preview.show(title, rewriting))) {
    return false;
  }
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, [...edits]);
  const done = await vscode.workspace.applyEdit(edit);
  if (needsConfirmation) {
    await vscode.window.showTextDocument(document, { selection: selection && start(selection) });
  }
  return done;
}

/** What was selected is not there any more. */
function start(selection: vscode.Selection): vscode.Range {
  return new vscode.Range(selection.start, selection.start);
}
