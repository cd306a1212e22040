import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsOf, Heard } from "../../src/settings/complaints";

const SEED = "option 'seed' should be a whole number, 0 to 9, not '; '; the default is used: 0";
const LINES = "option 'lines' should be one of auto, one, not 3; as before: 'one'";

test("a complaint names the setting as VS Code does, one for each", () => {
  assert.deepEqual(complaintsOf(`DiffGem: ${SEED}; ${LINES}`), [
    { setting: "diffgem.seed", text: "DiffGem: the setting diffgem.seed should be a whole number, 0 to 9, not '; '; the default is used: 0" },
    { setting: "diffgem.lines", text: "DiffGem: the setting diffgem.lines should be one of auto, one, not 3; as before: 'one'" },
  ]);
  assert.deepEqual(complaintsOf("DiffGem: the engine is not installed"), []);
});

test("a complaint is told again once its setting has changed, and not before", () => {
  const [heard, complaint] = [new Heard(), { setting: "diffgem.seed", text: "" }];
  assert.deepEqual([heard.isNew(complaint), heard.isNew(complaint)], [true, false]);
  heard.forget((setting) => setting === "diffgem.lines");
  assert.equal(heard.isNew(complaint), false);
  heard.forget((setting) => setting === "diffgem.seed");
  assert.equal(heard.isNew(complaint), true);
});
