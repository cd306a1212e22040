/** Whether ghost text of ours is on the screen, as far as an extension can tell. */

import * as vscode from "vscode";

interface Shown {
  readonly uri: string;
  readonly version: number;
  readonly position: vscode.Position;
}

export class GhostText implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private shown: Shown | undefined;

  /** Whether the latest answer had any, wherever that was. */
  get isAny(): boolean {
    return this.shown !== undefined;
  }

  /** What was asked for in this version of the document has come, or has not. */
  answered(document: vscode.TextDocument, position: vscode.Position, any: boolean): void {
    const { uri, version } = document;
    this.shown = any ? { uri: uri.toString(), version, position } : undefined;
    this.changed.fire();
  }

  /** True as well once it was sent away with Escape: no extension is told of that. */
  maybeIn(editor: vscode.TextEditor): boolean {
    const { document, selection } = editor;
    return (
      this.shown !== undefined &&
      this.shown.uri === document.uri.toString() &&
      this.shown.version === document.version &&
      selection.isEmpty &&
      this.shown.position.isEqual(selection.active)
    );
  }

  /** Whether the next answer has any; undefined where none comes in time. */
  next(withinMs: number): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      const settle = (any: boolean | undefined): void => {
        listening.dispose();
        clearTimeout(timer);
        resolve(any);
      };
      const listening = this.onDidChange(() => settle(this.isAny));
      const timer = setTimeout(() => settle(undefined), withinMs);
    });
  }

  dispose(): void {
    this.changed.dispose();
  }
}
