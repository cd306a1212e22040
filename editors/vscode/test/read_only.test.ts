import assert from "node:assert/strict";
import * as vscode from "vscode";
import { environment } from "./environment";
import { clearTold, told } from "./notifications";
import { type Opened, opened } from "./opened";
import { test } from "./runner";
import { holds } from "./server";
import { until } from "./until";

const { scenes, hole } = environment.played;
const LARGEST = "result = max(result, price)";
const { executeCommand } = vscode.commands;

/** In a file that the user has made read-only: it stays as it is, and the user hears why. */
async function inReadOnly(work: (open: Opened) => Promise<unknown>): Promise<void> {
  const open = await opened(scenes.ghost.file);
  const before = open.text;
  await executeCommand("workbench.action.files.setActiveEditorReadonlyInSession");
  try {
    await work(open);
    await told(/read-only.*Set Active Editor Writeable/);
    await holds(open.editor.document, before);
    assert.equal(open.editor.document.isDirty, false);
  } finally {
    await executeCommand("workbench.action.files.resetActiveEditorReadonlyInSession");
    await clearTold();
  }
}

async function done(open: Opened, kind: string): Promise<void> {
  const { document, selection } = open.editor;
  const found = await executeCommand<vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    ...[document.uri, selection, kind, 1],
  );
  const { command, arguments: told = [] } = found[0]!.command!;
  void executeCommand(command, ...told);
}

test("in a read-only file filling at every cursor says so", () =>
  inReadOnly(async (open) => {
    await open.goTo(open.text.indexOf("1 + tax"));
    await executeCommand("diffgem.fillHoles");
  }));

test("in a read-only file a code action says so", () =>
  inReadOnly(async (open) => {
    await open.goTo(open.text.indexOf(hole));
    await done(open, "refactor.rewrite.diffgem.fill");
  }));

test("in a read-only file a rewriting that was confirmed says so", () =>
  inReadOnly(async (open) => {
    await open.select(LARGEST);
    await done(open, "refactor.rewrite.diffgem.regenerate");
    await until("the preview", () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff);
    await executeCommand("diffgem.acceptPreview");
  }));

test("where no file is behind an editor, what writes says so", async () => {
  const scheme = "test-read-only";
  const provider = { provideTextDocumentContent: () => "x = \n" };
  const registered = vscode.workspace.registerTextDocumentContentProvider(scheme, provider);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme, path: "/x.py" }));
  const editor = await vscode.window.showTextDocument(document);
  for (const command of ["diffgem.fillHoles", "diffgem.rewriteSelection"]) {
    editor.selection = new vscode.Selection(0, 0, 0, 1);
    await executeCommand(command);
    await told(/save a copy/);
    await clearTold();
  }
  registered.dispose();
});
