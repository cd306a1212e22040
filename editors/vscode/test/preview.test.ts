import assert from "node:assert/strict";
import * as vscode from "vscode";
import { environment } from "./environment";
import { chosen } from "./menu";
import { inFront, type Opened, opened } from "./opened";
import { page, press } from "./page";
import { test } from "./runner";
import { holds } from "./server";
import { until } from "./until";

const SELECTED = "result = 0\n        for price in self.prices:\n            result += price";

function previewed(): vscode.TabInputTextDiff | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff ? input : undefined;
}

async function selected({ isWindows = false } = {}): Promise<Opened> {
  const open = await opened(environment.played.scenes.ghost.file);
  if (isWindows) {
    await open.useWindowsLineEnds();
  }
  await open.select(open.inItsLineEnds(SELECTED));
  return open;
}

/** The file, and what the preview would make of it; asked for as users do who have it on a key. */
async function asked(wanted = {}): Promise<{ open: Opened; proposed: string }> {
  const open = await selected(wanted);
  const kind = "refactor.rewrite.diffgem.regenerate";
  await vscode.commands.executeCommand("editor.action.codeAction", { kind, apply: "first" });
  const { modified } = await until("the preview", previewed);
  return { open, proposed: await checked(open, modified) };
}

/** The text that the preview in front would make of the file. */
async function checked(open: Opened, modified: vscode.Uri): Promise<string> {
  const { document } = open.editor;
  const proposed = (await vscode.workspace.openTextDocument(modified)).getText();
  const [head, tail] = document.getText().split(open.inItsLineEnds(SELECTED)) as [string, string];
  assert.ok(proposed.startsWith(head) && proposed.endsWith(tail), proposed);
  assert.notEqual(proposed, document.getText());
  await page("waitForSelector", ".monaco-diff-editor .modified .monaco-editor.focused");
  return proposed;
}

/** By a key each. */
async function isAppliedAndTakenBack(open: Opened, proposed: string): Promise<void> {
  const before = open.text;
  await press("Control+Enter");
  await until("the preview to be gone", () => previewed() === undefined);
  await until("the change", () => open.text !== before);
  await holds(open.editor.document, proposed);
  await inFront(open.editor.document);
  await press("Control+z");
  await until("the undo", () => open.text !== proposed);
  await holds(open.editor.document, before);
}

test("what replaces code is seen before, applied by one key and taken back by one undo", async () => {
  const open = await selected();
  const { modified } = await chosen("Regenerate the selection", previewed);
  const proposed = await checked(open, modified);
  await isAppliedAndTakenBack(open, proposed);
});

test("a preview that is sent away leaves the text untouched", async () => {
  const { open } = await asked();
  const before = open.text;
  await press("Escape");
  await until("the preview to be gone", () => previewed() === undefined);
  await holds(open.editor.document, before);
  assert.equal(open.editor.document.isDirty, false);
});

test("of a file with Windows line ends the preview is what is applied", async () => {
  const { open, proposed } = await asked({ isWindows: true });
  assert.equal(proposed.replaceAll("\r\n", "").search(/[\r\n]/), -1);
  await isAppliedAndTakenBack(open, proposed);
});

test("a preview is gone once its file has changed", async () => {
  const { open } = await asked();
  const edit = new vscode.WorkspaceEdit();
  edit.insert(open.editor.document.uri, new vscode.Position(0, 0), "#\n");
  const before = open.text;
  await vscode.workspace.applyEdit(edit);
  await until("the preview to be gone", () => previewed() === undefined);
  await holds(open.editor.document, `#\n${before}`);
});

test("in another diff editor the preview's keys decide nothing", async () => {
  const { open, proposed } = await asked();
  const before = open.text;
  await vscode.commands.executeCommand("workbench.action.keepEditor");
  const [one, other] = await Promise.all(
    ["one\n", "other\n"].map((content) => vscode.workspace.openTextDocument({ content })),
  );
  await vscode.commands.executeCommand("vscode.diff", one!.uri, other!.uri, "another one");
  await page("waitForSelector", ".monaco-diff-editor .modified .monaco-editor.focused");
  await press("Control+Enter");
  await until("the key to be the other editor's", () => other!.getText() !== "other\n");
  assert.equal(open.text, before);
  await press("Escape");
  await press("x");
  await until("the next key", () => other!.getText().includes("x"));
  await holds(open.editor.document, before);
  await vscode.commands.executeCommand("workbench.action.previousEditor");
  await until("the preview, undecided", () => previewed()?.modified.scheme === "diffgem-preview");
  await page("waitForSelector", ".monaco-diff-editor .modified .monaco-editor.focused");
  await press("Control+Enter");
  await until("the change", () => open.text !== before);
  await holds(open.editor.document, proposed);
});
