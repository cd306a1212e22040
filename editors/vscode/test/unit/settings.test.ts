import assert from "node:assert/strict";
import { test } from "node:test";
import { isOn } from "../../src/settings/languages";
import { flagOf, switchesOf, textOf } from "../../src/settings/reading";
import { type Given, snoozed, wireOf } from "../../src/settings/wire";

test("only what somebody has set is told, and nothing that stands for the default", () => {
  const settings: Record<string, Given> = {
    enabled: { value: false, isSet: true },
    maxLines: { value: 12, isSet: false },
    seed: { value: 0, isSet: true },
    steps: { value: null, isSet: true },
    model: { value: "", isSet: true },
    engineCommand: { value: [], isSet: true },
    languages: { value: {}, isSet: true },
    lines: { value: "sometimes", isSet: true },
  };
  const wire = wireOf(Object.keys(settings), (name) => settings[name] as Given);
  assert.deepEqual(wire, { enabled: false, seed: 0, languages: {}, lines: "sometimes" });
});

test("a setting of another type counts as not set", () => {
  for (const value of [undefined, null, 5, [], {}, true, ["x"]]) {
    assert.equal(textOf(value), "");
  }
  for (const value of [undefined, null, 5, [], {}, "false"]) {
    assert.deepEqual([flagOf(value, true), flagOf(value, false)], [true, false]);
  }
  for (const value of [undefined, null, 5, [], "python", ["python"], { python: null, "*": 0 }]) {
    assert.deepEqual(switchesOf(value), {});
  }
});

test("a setting of its own type is taken as it is, a text without blanks around it", () => {
  assert.equal(textOf(" ~/my tools/d\n"), "~/my tools/d");
  assert.deepEqual([flagOf(false, true), flagOf(true, false)], [false, true]);
  assert.deepEqual(switchesOf({ python: false, "*": true, go: "no" }), { python: false, "*": true });
});

test("while snoozed nothing comes by itself, whatever is set", () => {
  const wire = snoozed({ trigger: "automatic", nextEdits: true, maxLines: 3 });
  assert.deepEqual(wire, { trigger: "manual", nextEdits: false, maxLines: 3 });
});

test("a language's own entry counts before that of all others", () => {
  assert.equal(isOn({}, "python"), true);
  assert.equal(isOn({ "*": false }, "python"), false);
  assert.equal(isOn({ "*": false, python: true }, "python"), true);
  assert.equal(isOn({ python: false }, "rust"), true);
});
