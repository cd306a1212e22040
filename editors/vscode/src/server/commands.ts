import * as vscode from "vscode";
import type { Parts } from "../parts";
import type { Supervisor } from "./supervisor";

/** Commands about the server and its engine. */
export function register(parts: Parts, supervisor: Supervisor): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand("diffgem.restart", () => supervisor.restart()),
    vscode.commands.registerCommand("diffgem.showLog", () => parts.log.show()),
    vscode.commands.registerCommand("diffgem.chooseServer", chooseServer),
    vscode.commands.registerCommand("diffgem.tryEngine", () => tryEngine(parts)),
  );
}

/** The setting decides from now on, on this machine. */
async function chooseServer(): Promise<void> {
  const [chosen] = (await vscode.window.showOpenDialog({ title: "The program diffgem-lsp" })) ?? [];
  if (chosen !== undefined) {
    const section = vscode.workspace.getConfiguration("diffgem");
    await section.update("server.path", chosen.fsPath, vscode.ConfigurationTarget.Global);
  }
}

async function tryEngine(parts: Parts): Promise<void> {
  const client = parts.client();
  if (client === undefined) {
    await vscode.commands.executeCommand("diffgem.restart");
    return;
  }
  const params = { command: "diffgem.retryEngine", arguments: [] };
  await client.sendRequest("workspace/executeCommand", params);
}
