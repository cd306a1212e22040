import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";
import { isFirst } from "../../src/once";

test("of many at the same time one is the first, and nobody after them", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "once-"));
  const file = path.join(folder, "not there yet", "mark");
  const found = await Promise.all(Array.from({ length: 8 }, () => isFirst(file)));
  assert.equal(found.filter(Boolean).length, 1);
  assert.equal(await isFirst(file), false);
  await rm(folder, { recursive: true });
});

test("where nothing can be written it is the first time", async () => {
  assert.equal(await isFirst("/proc/nowhere/mark"), true);
});
