import * as vscode from "vscode";

import type { Parts } from "../parts";
import { reasonOf } from "./wire";

/** A window: the user has asked for something and waits for it. */
export function say(message: string): void {
  void vscode.window.showWarningMessage(`DiffGem: ${message}`);
}

/** Where it failed, and nobody ended it. */
export function sayFailed(parts: Parts, error: unknown): void {
  const reason = reasonOf(error);
  parts.log.info(`an edit that was asked for: ${reason ?? "cancelled"}`);
  if (reason !== undefined) {
    say(reason);
  }
}

/** Why nothing can be asked for now, in the words of the status. */
export function sayNoServer(parts: Parts): void {
  say(`${parts.status.now.message}. Its menu in the status bar has what to do.`);
}
