import assert from "node:assert/strict";
import * as vscode from "vscode";
import { allDrawn, beside, hint } from "./beside";
import { type Opened, opened } from "./opened";
import { press } from "./page";
import { test } from "./runner";
import { holds, parts } from "./server";
import { until } from "./until";

const USES = ["second = weight * 2", "return second - weight * fee"];
const STEPS = Array.from({ length: 120 }, (_, each) => `    step_${each} = ${each}`);
const FUNCTION = ["def total(weight, fee):", ...STEPS, ...USES.map((each) => `    ${each}`)];
const BEHIND = ["", "", "def behind(box):", "    return box", ""]; // on the screen where the function is folded
const TEXT = [...FUNCTION, ...BEHIND].join("\n");
const TYPED = TEXT.replace("weight", "weight_rate");
const RENAMED = TEXT.replaceAll("weight", "weight_rate");

async function renamed(): Promise<Opened> {
  const folder = vscode.workspace.workspaceFolders![0]!;
  await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder.uri, "far.py"), Buffer.from(TEXT));
  const open = await opened("far.py");
  await open.goTo(TEXT.indexOf("weight") + "weight".length);
  await open.type("_rate");
  await hint(`next edit ↓ line ${STEPS.length + 2} (1 of 2)`);
  return open;
}

function isSeen({ editor }: Opened): boolean {
  const { line } = editor.selection.active;
  return editor.visibleRanges.some((each) => each.start.line <= line && line <= each.end.line);
}

test("Tab goes through edits that are far away, each applied where it is seen", async () => {
  const open = await renamed();
  assert.equal(open.editor.selection.active.line, 0);
  await press("Tab");
  await until("the jump", () => open.editor.selection.active.line === STEPS.length + 1 && isSeen(open));
  await holds(open.editor.document, TYPED);
  await hint("Tab accepts (1 of 2)");
  await press("Tab");
  await until("the first", () => open.text !== TYPED);
  await hint("Tab goes here");
  assert.equal(parts().offered.of(open.editor.document)?.edits.length, 1);
  await press("Tab");
  await until("the second jump", () => open.editor.selection.active.line === STEPS.length + 2);
  await hint("Tab accepts");
  await press("Tab");
  await until("the second", () => open.text.split("weight_rate").length === 4);
  await holds(open.editor.document, RENAMED);
});

test("what was sent away is not offered again beside what follows from a later change", async () => {
  const open = await renamed();
  await press("Escape");
  await until("nothing to be offered", () => parts().offered.now === undefined);
  await open.goTo(open.text.indexOf("fee") + "fee".length);
  await open.type("_rate");
  const offer = await until("another offer", () => parts().offered.of(open.editor.document));
  assert.deepEqual(offer.edits.map(({ replaced }) => replaced), ["fee"]);
  await vscode.commands.executeCommand("diffgem.askForNextEdit");
  const { edits } = await until("the offer by hand", () => parts().offered.of(open.editor.document));
  assert.equal(edits.filter(({ replaced }) => replaced === "weight").length, 2);
});

test("of an edit in folded lines the hint stands in the cursor's line", async () => {
  const open = await renamed();
  await vscode.commands.executeCommand("editor.fold", { selectionLines: [0] });
  await until("the fold", () => open.editor.visibleRanges.length === 2);
  await allDrawn();
  assert.match(await beside(), /next edit ↓/);
  await press("Tab");
  await until("the jump", () => open.editor.selection.active.line === STEPS.length + 1 && isSeen(open));
});
