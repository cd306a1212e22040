import assert from "node:assert/strict";
import * as vscode from "vscode";
import { opened } from "./opened";
import { press } from "./page";
import { test } from "./runner";
import { holds } from "./server";
import { until } from "./until";

const LINES = ["width", "height", "depth"].map((each) => `        self.${each} = `);
const TEXT = `class Box:\n    def __init__(self, width, height, depth):\n${LINES.join("\n")}\n`;

test("every cursor gets a text of its own, and one undo takes all back", async () => {
  const folder = vscode.workspace.workspaceFolders![0]!;
  await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder.uri, "box.py"), Buffer.from(TEXT));
  const { editor } = await opened("box.py");
  const { document } = editor;
  const ends = [2, 3, 4].map((line) => document.lineAt(line).range.end);
  editor.selections = ends.map((each) => new vscode.Selection(each, each));
  await vscode.commands.executeCommand("diffgem.fillHoles");
  await until("the text", () => document.getText() !== TEXT);
  const filled = document.getText();
  const lines = filled.split("\n").slice(2, 5);
  assert.ok(lines.every((line, index) => line.startsWith(LINES[index]!)), filled);
  assert.ok(lines.some((line, index) => line !== LINES[index]), filled);
  await holds(document, filled);
  await press("Control+z");
  await until("the undo", () => document.getText() !== filled);
  await holds(document, TEXT);
});
