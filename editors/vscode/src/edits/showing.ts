/** An offer where the user sees it: in the text, in the status bar, and as what keys may do. */

import * as vscode from "vscode";

import type { Parts } from "../parts";
import { Drawing, position } from "./drawing";
import { described, marksOf, type View } from "./layout";
import { current, type NextEdit, type Offer } from "./offer";
import { shapeOf } from "./shape";
import { tellShown } from "./wire";

export const OFFERED = "diffgem.nextEditOffered"; // context keys, for who binds keys of their own
export const TAKES_TAB = "diffgem.nextEditTakesTab";

export class Showing implements vscode.Disposable {
  private drawnIn: vscode.TextEditor | undefined;
  private told: NextEdit | undefined;
  private keys = "";
  private readonly item = vscode.window.createStatusBarItem("diffgem.nextEdit", 1, -1);
  private readonly subscriptions: vscode.Disposable;

  constructor(
    private readonly parts: Parts,
    private readonly drawing: Drawing,
  ) {
    const again = () => this.show();
    this.item.name = "DiffGem: next edit";
    this.item.command = "diffgem.acceptNextEdit";
    this.subscriptions = vscode.Disposable.from(
      parts.offered.onDidChange(again),
      parts.ghost.onDidChange(again),
      vscode.window.onDidChangeActiveTextEditor(again),
      vscode.window.onDidChangeTextEditorSelection(again),
      vscode.window.onDidChangeTextEditorVisibleRanges(again),
    );
  }

  /** None while there is ghost text: one suggestion at a time. */
  shown(editor: vscode.TextEditor | undefined): Offer | undefined {
    if (editor === undefined || editor.selections.length > 1 || this.parts.ghost.maybeIn(editor)) {
      return undefined;
    }
    return this.parts.offered.of(editor.document);
  }

  dispose(): void {
    this.subscriptions.dispose();
    this.drawing.dispose();
    this.item.dispose();
  }

  private show(): void {
    const editor = vscode.window.activeTextEditor;
    const offer = this.shown(editor);
    if (this.drawnIn !== undefined && (offer === undefined || this.drawnIn !== editor)) {
      this.drawing.clear(this.drawnIn);
      this.drawnIn = undefined;
    }
    if (editor === undefined || offer === undefined) {
      this.item.hide();
      this.setKeys(false, false);
      return;
    }
    const view = viewOf(editor, offer);
    this.setKeys(true, view.takesTab); // before the hint that names one is there
    this.drawing.draw(editor, marksOf(offer, view));
    this.drawnIn = editor;
    this.item.text = `$(arrow-right) line ${current(offer).range.start.line + 1}`;
    this.item.tooltip = described(current(offer));
    this.item.show();
    this.tell(offer);
  }

  /** Once for each edit. */
  private tell(offer: Offer): void {
    const [client, edit] = [this.parts.client(), current(offer)];
    if (client !== undefined && this.told !== edit) {
      this.told = edit;
      tellShown(client, offer);
    }
  }

  private setKeys(offered: boolean, takesTab: boolean): void {
    const keys = `${offered} ${takesTab}`;
    if (keys !== this.keys) {
      this.keys = keys;
      void vscode.commands.executeCommand("setContext", OFFERED, offered);
      void vscode.commands.executeCommand("setContext", TAKES_TAB, takesTab);
    }
  }
}

function viewOf(editor: vscode.TextEditor, offer: Offer): View {
  return {
    cursor: editor.selection.active,
    lines: editor.visibleRanges.map(({ start, end }) => ({ first: start.line, last: end.line })),
    takesTab: takesTab(editor, targetOf(offer)),
  };
}

/** Tab in the indentation of a line indents, unless a jump has brought the user there. */
function takesTab(editor: vscode.TextEditor, target: vscode.Position): boolean {
  const cursor = editor.selection.active;
  const left = editor.document.lineAt(cursor.line).text.slice(0, cursor.character);
  return editor.selection.isEmpty && (left.trim() !== "" || cursor.isEqual(target));
}

/** Where a jump goes: to what the edit changes. */
export function targetOf(offer: Offer): vscode.Position {
  const { range, replaced, text } = current(offer);
  return position(shapeOf(range, replaced, text).removed.start);
}
