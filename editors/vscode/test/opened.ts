// A document as its user has it open.
import * as vscode from "vscode";
import { environment, type Scenes } from "./environment";
import { page, type } from "./page";
import { until } from "./until";

export type Name = keyof Scenes["scenes"];
const { scenes } = environment.played;

export class Opened {
  constructor(readonly editor: vscode.TextEditor) {}

  get text(): string {
    return this.editor.document.getText();
  }

  async useWindowsLineEnds(): Promise<void> {
    await this.editor.edit((builder) => builder.setEndOfLine(vscode.EndOfLine.CRLF));
  }

  inItsLineEnds(text: string): string {
    const isDos = this.editor.document.eol === vscode.EndOfLine.CRLF;
    return isDos ? text.replaceAll("\n", "\r\n") : text;
  }

  get cursor(): number {
    return this.editor.document.offsetAt(this.editor.selection.active);
  }

  async goTo(offset: number): Promise<void> {
    await this.selectRange(offset, offset);
  }

  async select(text: string): Promise<void> {
    const start = this.text.indexOf(text);
    await this.selectRange(start, start + text.length);
  }

  /** Returns when the window has it: keys go there by another way. */
  private async selectRange(start: number, end: number): Promise<void> {
    const at = (offset: number) => this.editor.document.positionAt(offset);
    this.editor.selection = new vscode.Selection(at(start), at(end));
    await vscode.commands.executeCommand("revealLine", { lineNumber: at(end).line, at: "center" });
  }

  /** By the keyboard; returns when the document has all of it. */
  async type(keys: string): Promise<void> {
    const [before, at] = [this.text, this.cursor];
    await type(keys);
    const typed = before.slice(0, at) + keys + before.slice(at);
    await until(`${JSON.stringify(keys)} in the document`, () => this.text === typed);
  }
}

/** In front, where keys go to it. */
export async function opened(file: string): Promise<Opened> {
  const folder = vscode.workspace.workspaceFolders![0]!;
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder.uri, file));
  const editor = await vscode.window.showTextDocument(document, { preview: false });
  await inFront(document);
  return new Opened(editor);
}

export async function inFront(document: vscode.TextDocument): Promise<void> {
  await until("the file in front", () => vscode.window.activeTextEditor?.document === document);
  await page("waitForSelector", ".editor-instance .monaco-editor.focused");
}

/** The scene's file, `prepared` in a way that leaves the scene's place, with its keys typed. */
export async function played(name: Name, prepared?: (builder: vscode.TextEditorEdit) => void): Promise<Opened> {
  const { file, after, keys } = scenes[name];
  const found = await opened(file);
  if (prepared) {
    await found.editor.edit(prepared);
  }
  const behind = found.inItsLineEnds(after);
  await found.goTo(found.text.indexOf(behind) + behind.length);
  await found.type(keys);
  return found;
}

/** Leaves every file as it is on disk. */
export async function closeAll(): Promise<void> {
  while (vscode.window.activeTextEditor) {
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  }
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
}
