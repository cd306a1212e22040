/** Next edits on the screen: decorations, as VS Code's own next edits are proposed API. */

import * as vscode from "vscode";

import type { Marks } from "./layout";
import type { Place, Span } from "./places";

const { ClosedClosed } = vscode.DecorationRangeBehavior;

export class Drawing implements vscode.Disposable {
  private readonly removed = vscode.window.createTextEditorDecorationType({
    backgroundColor: color("diffEditor.removedTextBackground"),
    textDecoration: "line-through",
    overviewRulerColor: color("editorOverviewRuler.modifiedForeground"),
    rangeBehavior: ClosedClosed,
  });
  private readonly inserted = vscode.window.createTextEditorDecorationType({
    before: {
      color: color("diffgem.nextEditForeground"),
      backgroundColor: color("diffgem.nextEditBackground"),
      border: "1px dotted",
      borderColor: color("diffgem.nextEditBorder"),
      fontStyle: "italic", // as ghost text is
    },
    overviewRulerColor: color("editorOverviewRuler.modifiedForeground"),
    rangeBehavior: ClosedClosed,
  });
  private readonly line: vscode.TextEditorDecorationType;
  private readonly hint = vscode.window.createTextEditorDecorationType({
    after: { color: color("editorCodeLens.foreground"), margin: "0 0 0 2em" },
    rangeBehavior: ClosedClosed,
  });

  constructor(media: vscode.Uri) {
    this.line = vscode.window.createTextEditorDecorationType({
      gutterIconPath: vscode.Uri.joinPath(media, "next-edit.svg"),
      gutterIconSize: "contain",
      rangeBehavior: ClosedClosed,
    });
  }

  draw(editor: vscode.TextEditor, marks: Marks): void {
    editor.setDecorations(this.removed, marks.removed.map(range));
    editor.setDecorations(this.inserted, marks.inserted.map(insertion(editor.document.languageId)));
    editor.setDecorations(this.line, [lineEnd(editor, marks.line)]);
    editor.setDecorations(this.hint, [
      {
        range: lineEnd(editor, marks.hint.line),
        renderOptions: { after: { contentText: marks.hint.text } },
      },
    ]);
  }

  clear(editor: vscode.TextEditor): void {
    for (const type of this.types()) {
      editor.setDecorations(type, []);
    }
  }

  dispose(): void {
    this.types().forEach((each) => each.dispose());
  }

  private types(): vscode.TextEditorDecorationType[] {
    return [this.removed, this.inserted, this.line, this.hint];
  }
}

function insertion(language: string) {
  return ({ at, text, whole }: Marks["inserted"][number]): vscode.DecorationOptions => ({
    range: new vscode.Range(position(at), position(at)),
    renderOptions: { before: { contentText: text } },
    hoverMessage: new vscode.MarkdownString().appendCodeblock(whole, language),
  });
}

export function position(place: Place): vscode.Position {
  return new vscode.Position(place.line, place.character);
}

export function range(span: Span): vscode.Range {
  return new vscode.Range(position(span.start), position(span.end));
}

function lineEnd(editor: vscode.TextEditor, line: number): vscode.Range {
  const { end } = editor.document.lineAt(line).range;
  return new vscode.Range(end, end);
}

function color(name: string): vscode.ThemeColor {
  return new vscode.ThemeColor(name);
}
