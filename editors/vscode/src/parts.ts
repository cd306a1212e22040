import type * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Preview } from "./actions/preview";
import type { Offered } from "./edits/offered";
import type { Again } from "./inline/again";
import type { GhostText } from "./inline/ghost_text";
import type { Settings } from "./settings/settings";
import type { Snooze } from "./status/snooze";
import type { StatusBoard } from "./status/board";

/** What a feature may use: see `features.ts`. */
export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly settings: Settings;
  readonly status: StatusBoard;
  readonly snooze: Snooze;
  readonly ghost: GhostText;
  readonly again: Again;
  readonly offered: Offered;
  readonly preview: Preview;

  /** The client of a server that has answered `initialize`; undefined while there is none. */
  client(): LanguageClient | undefined;

  /**
   * Calls `listener` with the present client, if there is one, and with each that comes after it:
   * every start of the server has its own. What it returns is disposed when that client is gone.
   */
  onClient(listener: ClientListener): vscode.Disposable;
}

export type ClientListener = (client: LanguageClient) => vscode.Disposable | undefined;
