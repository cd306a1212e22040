import assert from "node:assert/strict";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, before, test } from "node:test";
import { removed } from "../../src/install/removal";
import { Failed } from "../../src/install/run";

const watch = { signal: new AbortController().signal, onLine: () => {} };
let beside = "";

before(async () => {
  beside = await mkdtemp(path.join(tmpdir(), "removal ☕ "));
});
after(() => rm(beside, { recursive: true }));

/** A folder as the extension has it, with a program in it that does `what`. */
async function kept(what: string): Promise<{ folder: string; program: string }> {
  const folder = await mkdtemp(path.join(beside, "kept "));
  const program = path.join(folder, "diffgem-lsp");
  await writeFile(program, `#!/bin/sh\n${what}\n`, { mode: 0o755 });
  return { folder, program };
}

test("the server deletes what it kept before it is deleted itself", async () => {
  const { folder, program } = await kept(`echo "$@" > "${path.join(beside, "told")}"`);
  await removed(program, folder, watch);
  assert.equal(await readFile(path.join(beside, "told"), "utf8"), "forget\n");
  await assert.rejects(access(folder), { code: "ENOENT" });
});

test("an engine that goes on keeps its environment", async () => {
  const { folder, program } = await kept("echo 'the engine is another user’s' >&2; exit 3");
  await assert.rejects(removed(program, folder, watch), (error: Failed) => /another user/.test(error.output));
  await access(program);
});

test("without a server the folder goes all the same", async () => {
  const { folder } = await kept("exit 1");
  await removed(undefined, folder, watch);
  await assert.rejects(access(folder), { code: "ENOENT" });
});
