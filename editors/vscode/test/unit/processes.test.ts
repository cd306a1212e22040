import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test, type TestContext } from "node:test";
import { alone } from "../../src/install/lock";
import { choose } from "../../src/install/python";
import { Cancelled, Failed, run } from "../../src/install/run";
import { spawnServer } from "../../src/server/process";

const NO_PROCESS = 2 ** 22 + 1; // above what Linux gives

async function folder(context: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), "näh ☕ "));
  context.after(() => rm(made, { recursive: true }));
  return made;
}

async function script(context: TestContext, text: string): Promise<string> {
  const file = path.join(await folder(context), "program");
  await writeFile(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
}

function watch(lines: string[] = [], signal = new AbortController().signal) {
  return { signal, onLine: (line: string) => void lines.push(line) };
}

test("a program's lines are told as they come, and its failure has all of them", async (context) => {
  const lines: string[] = [];
  const program = await script(context, "echo one; echo two >&2; exit 3");
  await assert.rejects(run(program, [], watch(lines)), (error: Failed) => {
    assert.match(error.output, /one/);
    assert.match(error.output, /two/);
    return error instanceof Failed;
  });
  assert.deepEqual(lines.sort(), ["one", "two"]);
});

test(
  "a program that is cancelled is gone, with what it started",
  { timeout: 60_000 },
  async (context) => {
    const ending = new AbortController();
    const program = await script(context, "sleep 600 & echo started; wait");
    const onLine = (): void => ending.abort();
    // `run` ends when its output does, and `sleep` has that open as well
    await assert.rejects(run(program, [], { signal: ending.signal, onLine }), Cancelled);
  },
);

test("a program that is not there is a failure that says so", async () => {
  await assert.rejects(run("/no/such program", [], watch()), (error: Failed) =>
    /ENOENT/.test(error.output),
  );
});

test("the first Python that will do is chosen, and one that answers nonsense is none", async (context) => {
  const nonsense = await script(context, "echo hello");
  const old = await script(context, `echo '{"version": [3, 9], "hasVenv": true}'`);
  const good = await script(context, `echo '{"version": [3, 12], "hasVenv": true}'`);
  assert.equal((await choose([nonsense, old, good], watch()))?.command, good);
  assert.equal((await choose([nonsense, old], watch()))?.command, old);
  assert.equal(await choose([nonsense, "/no/python"], watch()), undefined);
});

test("two windows do not install at once, and one that died holds nothing", async (context) => {
  const file = path.join(await folder(context), "deep", "lock");
  const inner: boolean[] = [];
  const outer = await alone(file, async () => void inner.push(await alone(file, async () => {})));
  assert.deepEqual([outer, ...inner], [true, false]);
  await writeFile(file, String(NO_PROCESS));
  assert.equal(await alone(file, async () => {}), true);
});

test("a server's last words are the end of what it wrote", async (context) => {
  const program = await script(context, "seq 100 >&2; echo no engine here >&2; exit 1");
  const started = spawnServer(program);
  assert.equal(await started.endsWithin(60_000), true);
  assert.match(started.lastWords(), /99\n100\nno engine here$/);
  assert.doesNotMatch(started.lastWords(), /\b50\b/);
});

test("a server that wrote nothing says at least how it ended", async (context) => {
  const started = spawnServer(await script(context, "exit 7"));
  await started.endsWithin(60_000);
  assert.equal(started.lastWords(), "exit code 7");
});
