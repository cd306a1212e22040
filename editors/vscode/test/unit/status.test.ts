import assert from "node:assert/strict";
import { test } from "node:test";
import { groups, type Present } from "../../src/status/entries";
import type { Status } from "../../src/status/status";
import { shown } from "../../src/status/text";

const AWAKE = { snoozedUntil: undefined, isTrusted: true };

test("the tooltip says how it is, with what, and how fast", () => {
  const status: Status = { state: "idle", message: "ready", model: "python-small", latencyMs: 139 };
  const { severity, lines } = shown(status, AWAKE);
  assert.equal(severity, "none");
  assert.deepEqual(lines, ["Ready", "Model python-small, last answer in 139 ms"]);
});

test("a reason is said once", () => {
  const reason = "confidence 0.21 is too low";
  const inMessage: Status = { state: "quiet", message: `nothing shown: ${reason}`, reason };
  assert.deepEqual(shown(inMessage, AWAKE).lines, [`Nothing shown: ${reason}`]);
  const beside: Status = { state: "off", message: "switched off", reason: "the setting says so" };
  assert.deepEqual(shown(beside, AWAKE).lines, ["Switched off", "The setting says so"]);
});

test("quiet looks as ready as it is", () => {
  const icon = (state: Status["state"]): string => shown({ state, message: "" }, AWAKE).icon;
  assert.equal(icon("quiet"), icon("idle"));
  assert.notEqual(icon("off"), icon("idle"));
});

test("how far the weights are is shown", () => {
  const status: Status = { state: "starting", message: "the engine starts", progress: 0.4 };
  assert.deepEqual(shown(status, AWAKE).lines, ["The engine starts", "40%"]);
});

test("a snooze does not hide that the engine is gone", () => {
  const until = { snoozedUntil: "stopped", isTrusted: true } as const;
  assert.equal(
    shown({ state: "idle", message: "ready" }, until).lines[0],
    "Snoozed until you end it",
  );
  assert.equal(shown({ state: "lost", message: "gone" }, until).lines[0], "Gone");
  assert.equal(shown({ state: "failed", message: "no engine" }, until).severity, "error");
});

test("a folder that is not trusted is said to be", () => {
  const { lines } = shown({ state: "idle", message: "ready" }, { ...AWAKE, isTrusted: false });
  assert.match(lines.at(-1) ?? "", /not trusted/);
});

const PRESENT: Present = {
  ...AWAKE,
  status: { state: "idle", message: "ready" },
  isOn: true,
  language: "python",
  isLanguageOn: true,
};

function commands(changed: Partial<Present>): string[] {
  return groups({ ...PRESENT, ...changed })
    .flat()
    .map(({ command }) => command);
}

test("the menu offers what can be done now", () => {
  assert.ok(commands({}).includes("diffgem.snooze"));
  assert.ok(!commands({}).includes("diffgem.tryEngine"));
  assert.ok(commands({ snoozedUntil: "stopped" }).includes("diffgem.wake"));
  assert.ok(commands({ status: { state: "lost", message: "gone" } }).includes("diffgem.tryEngine"));
  assert.ok(!commands({ language: undefined }).includes("diffgem.toggleLanguage"));
  assert.ok(!commands({ isOn: false }).includes("diffgem.snooze"));
  assert.equal(commands({ status: { state: "missing", message: "none" } })[0], "diffgem.install");
});
