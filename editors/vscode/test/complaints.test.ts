import assert from "node:assert/strict";
import * as vscode from "vscode";
import { clearTold, told, toldSoFar } from "./notifications";
import { test } from "./runner";
import { client } from "./server";

/** Returns when the server has answered it with all that it has to say. */
async function changed(name: string, value: unknown): Promise<void> {
  const section = vscode.workspace.getConfiguration("diffgem");
  await section.update(name, value, vscode.ConfigurationTarget.Workspace);
  await (await client()).sendRequest("diffgem/status");
}

async function complaints(): Promise<number> {
  return (await toldSoFar()).filter((each) => each.includes("diffgem.steps")).length;
}

test("a bad setting is complained of once, until it is another bad one", async () => {
  try {
    await changed("steps", "many");
    await told(/^DiffGem: the setting diffgem.steps should be a whole number.*not 'many'/);
    await clearTold();
    await changed("maxLines", 7);
    assert.equal(await complaints(), 0);
    await changed("steps", "more");
    await told(/diffgem.steps.*not 'more'/);
    assert.equal(await complaints(), 1);
  } finally {
    await changed("steps", undefined);
    await changed("maxLines", undefined);
    await clearTold();
  }
});
