import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Parts } from "../parts";
import { selects } from "./selector";

/**
 * Tells the server which document the user is in, so that its status is about that one. VS Code
 * opens and closes others beside it, its own settings for instance: after that it is told again.
 */
export function register(parts: Parts): vscode.Disposable {
  return parts.onClient((client) => {
    const again = (): void => tell(client, vscode.window.activeTextEditor);
    again();
    return vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(again),
      vscode.workspace.onDidOpenTextDocument(again),
      vscode.workspace.onDidCloseTextDocument(again),
    );
  });
}

function tell(client: LanguageClient, editor: vscode.TextEditor | undefined): void {
  if (editor === undefined || !selects(editor.document)) {
    return;
  }
  const uri = client.code2ProtocolConverter.asUri(editor.document.uri);
  void client.sendNotification("textDocument/didFocus", { textDocument: { uri } });
}
