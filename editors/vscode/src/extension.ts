import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const path = vscode.workspace.getConfiguration("diffgem").get("server.path", "") || "diffgem-lsp";
  client = new LanguageClient(
    "diffgem",
    "DiffGem",
    { command: path },
    { documentSelector: [{ scheme: "file" }] },
  );
  context.subscriptions.push(
    vscode.commands.registerCommand("diffgem.restart", () => client?.restart()),
  );
  await client.start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}
