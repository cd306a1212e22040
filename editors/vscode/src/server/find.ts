import * as os from "node:os";
import * as vscode from "vscode";
import { isWhole } from "../install/environment";
import type { Settings } from "../settings/settings";
import { interpreters } from "./interpreters";
import { places, type Server } from "./places";
import { isProgram } from "./programs";

/** The server to run, else the places that were looked at: none where the named is not trusted. */
export async function find(settings: Settings, ownEnvironment: string): Promise<Server | string[]> {
  const tried = around(settings, ownEnvironment);
  for (const server of tried) {
    const isUsable = server.origin !== "own" || (await isWhole(ownEnvironment));
    if (isUsable && (await isProgram(server.command))) {
      return server;
    }
  }
  return tried.map(({ command }) => command);
}

function around(settings: Settings, ownEnvironment: string): Server[] {
  const folders = localFolders();
  return places({
    setting: settings.text("server.path"),
    home: os.homedir(),
    folders,
    isTrusted: vscode.workspace.isTrusted,
    interpreters: vscode.workspace.isTrusted ? interpreters(folders) : [],
    path: process.env["PATH"] ?? "",
    ownEnvironment,
    isWindows: process.platform === "win32",
  });
}

export function localFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
}
