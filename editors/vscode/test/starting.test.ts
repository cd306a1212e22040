import assert from "node:assert/strict";
import * as vscode from "vscode";
import { Supervisor } from "../src/server/supervisor";
import { StatusBoard } from "../src/status/board";
import { test } from "./runner";
import { parts } from "./server";

test("a start that fails in a way that nobody has foreseen is not waited for", async () => {
  const status = new StatusBoard();
  const settings = Object.create(parts().settings, {
    text: { value: () => assert.fail("unforeseen") },
  });
  const supervisor = new Supervisor({ ...parts(), settings, status }, "/no/environment");
  await supervisor.start();
  const { state, message, reason } = status.now;
  vscode.Disposable.from(supervisor, status).dispose();
  assert.equal(state, "stopped");
  assert.equal(`${message}: ${reason}`, "the language server could not be started: unforeseen");
});

test("a setting of another type counts as not set", async () => {
  const section = vscode.workspace.getConfiguration("diffgem");
  const { Workspace } = vscode.ConfigurationTarget;
  await section.update("languages", null, Workspace);
  assert.deepEqual(parts().settings.switches("languages"), {});
  await section.update("languages", undefined, Workspace);
});
