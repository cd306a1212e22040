import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "node:test";
import { isFirst } from "../../src/once";

test("of many at the same time one is the first, and nobody after them where it can be told", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "once-"));
  const file = path.join(folder, "not there yet", "mark");
  const found = await Promise.all(Array.from({ length: 8 }, () => isFirst(file)));
  assert.equal(found.filter(Boolean).length, 1);
  assert.equal(await isFirst(file), false);
  const nowhere = path.join(file, "below a file", "mark");
  assert.equal(await isFirst(nowhere), true);
  await rm(folder, { recursive: true });
});
