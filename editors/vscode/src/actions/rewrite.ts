import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import type { Parts } from "../parts";
import { DISCARDED, MOVED_ON } from "./names";
import { closedTo } from "./putting";
import { say } from "./saying";
import { sayFailed, sayNoServer } from "./telling";
import { reasonOf } from "./wire";

/** The selection, as the user tells; the server says so where its checkpoint follows nobody. */
export async function rewriteSelection(parts: Parts): Promise<void> {
  const [client, editor] = [parts.client(), vscode.window.activeTextEditor];
  if (client === undefined) {
    sayNoServer(parts);
  } else if (editor === undefined || editor.selection.isEmpty) {
    say("select the code that is to be rewritten");
  } else {
    await rewriteIn(parts, client, editor);
  }
}

async function rewriteIn(
  parts: Parts,
  client: LanguageClient,
  editor: vscode.TextEditor,
): Promise<void> {
  const [{ document }, closed] = [editor, closedTo(editor)];
  if (closed !== undefined) {
    say(closed);
    return;
  }
  const code = document.getText(editor.selection);
  const instruction = await asked(parts.status.now.model);
  const { selection } = editor; // it goes along with what is put in before it
  const { code2ProtocolConverter: wire } = client;
  if (instruction && document.getText(selection) !== code) {
    say(MOVED_ON);
  } else if (instruction) {
    await rewrite(parts, [wire.asUri(document.uri), wire.asRange(selection), instruction]);
  }
}

function asked(model: string | undefined): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: "Rewrite the selection",
    prompt: `What is to become of it? ${model ?? "The checkpoint"} must be instruction-tuned.`,
    placeHolder: "use a dict comprehension",
  });
}

async function rewrite(parts: Parts, told: unknown[]): Promise<void> {
  const params = { command: "diffgem.rewrite", arguments: told };
  try {
    await parts.client()?.sendRequest("workspace/executeCommand", params);
  } catch (error) {
    if (!reasonOf(error)?.endsWith(DISCARDED)) {
      sayFailed(parts, error);
    }
  }
}
