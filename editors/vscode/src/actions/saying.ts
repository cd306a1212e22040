import * as vscode from "vscode";

/** A window: the user has asked for something and waits for it. */
export function say(message: string): void {
  void vscode.window.showWarningMessage(`DiffGem: ${message}`);
}
