import * as vscode from "vscode";
import type { Parts } from "../parts";
import type { StatusBoard } from "../status/board";
import type { Server } from "./places";
import type { Comparison } from "./version";

/** Nothing is there to run, at any of the places that were looked at. */
export function missing({ settings, status }: Parts, tried: readonly string[]): void {
  const named = settings.text("server.path");
  if (named === "") {
    notInstalled(status);
  } else if (tried.length === 0) {
    notTrusted(status, named);
  } else {
    notThere(status, named);
  }
}

function notThere(status: StatusBoard, named: string): void {
  const message = `no program is at ${named}, which the setting diffgem.server.path names`;
  status.set({ state: "missing", message });
  offer(
    vscode.window.showErrorMessage,
    `DiffGem: ${message}. Correct it, or clear it to have the server looked for.`,
    openSetting("diffgem.server.path"),
  );
}

/** The user's setting, but a program that somebody else may have put there. */
function notTrusted(status: StatusBoard, named: string): void {
  const message = `${named}, which the setting diffgem.server.path names, is in a folder that is not trusted`;
  status.set({ state: "missing", message });
  offer(
    vscode.window.showWarningMessage,
    `DiffGem: ${message}. Trust the folder, or name a program elsewhere.`,
    { "Manage Trust": ["workbench.trust.manage"], ...openSetting("diffgem.server.path") },
  );
}

function notInstalled(status: StatusBoard): void {
  status.set({ state: "missing", message: "the language server is not installed" });
  offer(
    vscode.window.showInformationMessage,
    "DiffGem needs its language server, diffgem-lsp, which is neither in this project's environment nor on the PATH.",
    { Install: ["diffgem.install"], "Choose Program…": ["diffgem.chooseServer"] },
  );
}

/** It was started again and again. */
export function givenUp(_parts: Parts, server: Server | undefined, words: string): void {
  offer(
    vscode.window.showErrorMessage,
    `DiffGem: the language server ${server?.command ?? ""} keeps ending and is left alone. It said: ${words}`,
    { Restart: ["diffgem.restart"], "Show Log": ["diffgem.showLog"] },
  );
}

/** What was installed is not what is found first. */
export function hidden(server: Server, own: string): void {
  const use = "Use the Installed One";
  const message = `DiffGem: the server is installed, but ${server.command} is found before it and goes on.`;
  void vscode.window.showInformationMessage(message, use).then(async (chosen) => {
    if (chosen === use) {
      const section = vscode.workspace.getConfiguration("diffgem");
      await section.update("server.path", own, vscode.ConfigurationTarget.Global);
    }
  });
}

export interface Versions {
  readonly comparison: Comparison;
  readonly theirs: string;
  readonly ours: string;
}

/** It runs, but it and the extension were not made for each other. */
export function otherVersion(server: Server, { comparison, theirs, ours }: Versions): void {
  const both = `diffgem-lsp ${theirs || "of an unknown version"} (${server.command}) is ${comparison} than this extension, ${ours}`;
  if (comparison === "newer") {
    offer(vscode.window.showWarningMessage, `DiffGem: ${both}. Update the extension.`, {
      Extensions: ["workbench.extensions.search", "DiffGem"],
    });
    return;
  }
  offer(vscode.window.showWarningMessage, `DiffGem: ${both}. Update the server.`, {
    Install: ["diffgem.install"],
    "Choose Program…": ["diffgem.chooseServer"],
  });
}

export type Buttons = Readonly<Record<string, readonly [string, ...unknown[]]>>;
/** The settings' page, at that one. */
export function openSetting(name: string): Buttons {
  return { "Open Settings": ["workbench.action.openSettings", name] };
}

type Show = (message: string, ...buttons: string[]) => Thenable<string | undefined>;

/** A message with buttons, each of which runs a command; nobody waits for its answer. */
export function offer(show: Show, message: string, buttons: Buttons): void {
  void show(message, ...Object.keys(buttons)).then((chosen) => {
    const command = chosen === undefined ? undefined : buttons[chosen];
    return command && vscode.commands.executeCommand(...command);
  });
}
