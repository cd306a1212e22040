import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import * as os from "node:os";
import * as vscode from "vscode";
import { isWhole } from "../install/environment";
import type { Settings } from "../settings/settings";
import { interpreters } from "./interpreters";
import { places, type Server } from "./places";

/** The server to run; undefined where there is none. */
export async function find(settings: Settings, ownEnvironment: string): Promise<Server | undefined> {
  const folders = localFolders();
  const found = places({
    setting: settings.get("server.path", "").trim(),
    home: os.homedir(),
    folders,
    isTrusted: vscode.workspace.isTrusted,
    interpreters: vscode.workspace.isTrusted ? interpreters(folders) : [],
    path: process.env["PATH"] ?? "",
    ownEnvironment,
    isWindows: process.platform === "win32",
  });
  for (const server of found) {
    const isUsable = server.origin !== "own" || (await isWhole(ownEnvironment));
    if (isUsable && (await isProgram(server.command))) {
      return server;
    }
  }
  return undefined;
}

export function localFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
}

export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false; // not there, or not ours to run: the next place
  }
}
