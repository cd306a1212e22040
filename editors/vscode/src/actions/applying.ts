/** Rewritings on their way into the document. */

import * as vscode from "vscode";

import { MOVED_ON } from "./names";
import type { Preview } from "./preview";
import { put } from "./putting";
import { say } from "./saying";
import { isStale, type Rewriting } from "./wire";

/**
 * Shows what replaces the user's code before; one step to undo.  Answers whether it was applied; the
 * user, who has decided for it, hears why it was not.
 */
export async function applied(
  preview: Preview,
  title: string,
  rewriting: Rewriting,
): Promise<boolean> {
  const { document, edits, needsConfirmation } = rewriting;
  const editor = vscode.window.activeTextEditor;
  const { selection, viewColumn } = editor?.document === document ? editor : {};
  if (needsConfirmation && !(await preview.show(title, rewriting))) {
    return false;
  }
  const shown = await vscode.window.showTextDocument(document, { viewColumn });
  // `put` holds VS Code to the version that is there when it is called: no await comes before it
  const refused = isStale(rewriting, shown.document) ? MOVED_ON : await put(shown, edits);
  if (refused !== undefined) {
    say(refused);
  } else if (needsConfirmation && selection !== undefined) {
    shown.selection = start(selection);
  }
  return refused === undefined;
}

/** What was selected is not there any more. */
function start(selection: vscode.Selection): vscode.Selection {
  return new vscode.Selection(selection.start, selection.start);
}
