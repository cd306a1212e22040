import assert from "node:assert/strict";
import * as vscode from "vscode";
import { someGhost } from "./ghost";
import { clearTold } from "./notifications";
import { type Opened, played } from "./opened";
import { press } from "./page";
import { test } from "./runner";
import { holds, parts, state } from "./server";
import { until } from "./until";

async function serverAt(path: string | undefined): Promise<void> {
  const section = vscode.workspace.getConfiguration("diffgem");
  await section.update("server.path", path, vscode.ConfigurationTarget.Workspace);
}

/** Where somebody has typed, and VS Code has asked in vain: there is no server. */
async function typedEarly(remark: string): Promise<Opened> {
  await serverAt("/no/such/program");
  await state("missing");
  const open = await played("ghost", (builder) => builder.insert(new vscode.Position(0, 0), remark));
  await until("VS Code to ask", () => parts().again.isOwed(open.editor));
  assert.equal(parts().client(), undefined);
  return open;
}

async function serverBack(): Promise<void> {
  await serverAt(undefined);
  await state("idle");
  await clearTold();
}

test("ghost text that was asked for before there was a server comes by itself", async () => {
  try {
    const open = await typedEarly("# early\n");
    await serverAt(undefined);
    await someGhost();
    await holds(open.editor.document, open.text);
  } finally {
    await serverBack();
  }
});

test("who has gone on before there is a server is owed no ghost text", async () => {
  try {
    const open = await typedEarly("# gone on\n");
    await press("ArrowLeft");
    await until("the cursor to move", () => !parts().again.isOwed(open.editor));
  } finally {
    await serverBack();
  }
});

test("a question for ghost text that nobody answers has an end", async () => {
  assert.equal(await parts().ghost.next(1), undefined);
});
