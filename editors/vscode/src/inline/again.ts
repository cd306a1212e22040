/** Ghost text that was asked for before there was an engine comes by itself once there is one. */

import * as vscode from "vscode";

import { Unanswered } from "./unanswered";

const { Automatic } = vscode.InlineCompletionTriggerKind;

export class Again {
  private readonly unanswered = new Unanswered();
  private isAsking = false;

  /** It has come where VS Code asked by itself, or has not; what is asked by hand is no matter. */
  answered(document: vscode.TextDocument, position: vscode.Position, any: boolean): void {
    if (any) {
      this.unanswered.forget();
    } else {
      this.unanswered.note(document, position);
    }
  }

  /** VS Code takes all that is triggered as asked by hand; nobody has. */
  meant(context: vscode.InlineCompletionContext): vscode.InlineCompletionContext {
    return this.isAsking ? { ...context, triggerKind: Automatic } : context;
  }

  /** Whether the user stands where none came. */
  isOwed(editor: vscode.TextEditor): boolean {
    return this.unanswered.isAt(editor);
  }

  async ask(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined || !this.isOwed(editor)) {
      return;
    }
    this.isAsking = true;
    try {
      await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
    } finally {
      this.isAsking = false;
    }
  }
}
