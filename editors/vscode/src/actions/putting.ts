/** Text on its way into a document that somebody has open. */

import * as vscode from "vscode";

import { selects } from "../server/selector";
import { MOVED_ON } from "./names";

const READ_ONLY =
  "this file is read-only, nothing was put in: make it writeable (“File: Set Active Editor Writeable in Session”), or save a copy of it, and ask there";

/** Why nothing can be put in there, as far as that is known before it is tried. */
export function closedTo({ document }: vscode.TextEditor): string | undefined {
  const { scheme } = document.uri;
  const isWritable = scheme === "untitled" || vscode.workspace.fs.isWritableFileSystem(scheme);
  return selects(document) && isWritable !== false
    ? undefined
    : "there is no file to write to behind this editor: save a copy of it on the disk, and ask there";
}

/**
 * All at once, as one step to undo; answers why nothing was put in, if so. In an editor that is
 * read-only VS Code says that all went well, and no extension can know before.
 */
export async function put(
  editor: vscode.TextEditor,
  edits: readonly vscode.TextEdit[],
): Promise<string | undefined> {
  const { version } = editor.document;
  const isTaken = await editor.edit((builder) =>
    edits.forEach(({ range, newText }) => builder.replace(range, newText)),
  );
  if (!isTaken) {
    return MOVED_ON;
  }
  return edits.length > 0 && editor.document.version === version ? READ_ONLY : undefined;
}
