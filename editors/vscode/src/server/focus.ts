import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Parts } from "../parts";
import { selects } from "./selector";

/** Tells the server which document the user is in, so that its status is about that one. */
export function register(parts: Parts): vscode.Disposable {
  return parts.onClient((client) => {
    tell(client, vscode.window.activeTextEditor);
    return vscode.window.onDidChangeActiveTextEditor((editor) => tell(client, editor));
  });
}

function tell(client: LanguageClient, editor: vscode.TextEditor | undefined): void {
  if (editor === undefined || !selects(editor.document)) {
    return;
  }
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  void client.sendNotification("textDocument/didFocus", { textDocument: { uri } });
}
