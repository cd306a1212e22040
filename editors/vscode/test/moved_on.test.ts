// Edits that come when their document is another one already.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { environment } from "./environment";
import { clearTold, told } from "./notifications";
import { type Opened, opened } from "./opened";
import { page, press, type } from "./page";
import { test } from "./runner";
import { holds } from "./server";
import { until } from "./until";

const MOVED_ON = /the document has changed meanwhile: ask again/;
const START = new vscode.Position(0, 0);
const CODE = "result += price";
const { executeCommand } = vscode.commands;

/** For its present version: the first line goes. */
function rewriting({ editor: { document } }: Opened, needsConfirmation: boolean): object {
  const edits = [vscode.TextEdit.delete(document.lineAt(0).rangeIncludingLineBreak)];
  return { document, version: document.version, edits, needsConfirmation };
}

async function changed({ editor }: Opened, range: vscode.Range, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(editor.document.uri, range, text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

function aLineMore(open: Opened): Promise<void> {
  return changed(open, new vscode.Range(START, START), "#\n");
}

function isPreviewed(): boolean {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.some(({ input }) => input instanceof vscode.TabInputTextDiff);
}

async function isLeftAlone(open: Opened, text: string): Promise<void> {
  await told(MOVED_ON);
  await holds(open.editor.document, text);
  assert.equal(isPreviewed(), false);
  await clearTold();
}

async function late(needsConfirmation: boolean): Promise<void> {
  const open = await opened(environment.played.scenes.ghost.file);
  const edit = rewriting(open, needsConfirmation);
  await aLineMore(open);
  const before = open.text;
  void executeCommand("diffgem.applyRewriting", "Rewrite", edit);
  await isLeftAlone(open, before);
}

test("an edit of another version of its document leaves it as it is", () => late(false));

test("a preview of another version of its document leaves it as it is", () => late(true));

test("a preview whose file changes while it is accepted says so and leaves it as it is", async () => {
  const open = await opened(environment.played.scenes.ghost.file);
  const before = open.text;
  void executeCommand("diffgem.applyRewriting", "Rewrite", rewriting(open, true));
  await until("the preview", isPreviewed);
  const accepted = executeCommand("diffgem.acceptPreview");
  await aLineMore(open); // there and back once, and the other way is longer
  await accepted;
  await isLeftAlone(open, `#\n${before}`);
});

test("code that changes while its rewriting is put in words is not rewritten", async () => {
  const open = await opened(environment.played.scenes.ghost.file);
  await open.select(CODE);
  const { selection } = open.editor;
  void executeCommand("diffgem.rewriteSelection");
  await page("waitForSelector", ".quick-input-widget input:focus");
  await type("shorter");
  await changed(open, selection, "result = price");
  const before = open.text;
  await press("Enter");
  await isLeftAlone(open, before);
});
