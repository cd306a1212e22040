import * as vscode from "vscode";

import type { Parts } from "../parts";
import { nextEditCommands } from "./commands";
import { Drawing } from "./drawing";
import { Offering } from "./offering";
import { Showing } from "./showing";

/** What the last edits left half done, offered where it is: one key goes there, one applies it. */
export function register(parts: Parts): vscode.Disposable {
  const media = vscode.Uri.joinPath(parts.context.extensionUri, "media");
  const offering = new Offering(parts);
  const showing = new Showing(parts, new Drawing(media));
  return vscode.Disposable.from(offering, showing, nextEditCommands(offering, showing));
}
