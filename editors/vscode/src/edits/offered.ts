import * as vscode from "vscode";

import type { Offer } from "./offer";

/** The next edits that are offered now, wherever they came from. */
export class Offered implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private held: Offer | undefined;
  private made: { uri: string; version: number } | undefined;

  get now(): Offer | undefined {
    return this.held;
  }

  /** Those of that document, as it is now. */
  of(document: vscode.TextDocument): Offer | undefined {
    const { held } = this;
    const fits = held?.uri === document.uri.toString() && held.version === document.version;
    return fits ? held : undefined;
  }

  /** A next edit was applied, and made this version of the document. */
  applied(document: vscode.TextDocument): void {
    this.made = { uri: document.uri.toString(), version: document.version };
  }

  /** Ghost text there would come between one next edit and another, under the same key. */
  hasMade(document: vscode.TextDocument): boolean {
    return this.made?.uri === document.uri.toString() && this.made.version === document.version;
  }

  hold(offer: Offer | undefined): void {
    if (offer !== this.held) {
      this.held = offer;
      this.changed.fire();
    }
  }

  dispose(): void {
    this.changed.dispose();
  }
}
