import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { access, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { before, after, test } from "node:test";
import { isWhole, make, type Wish } from "../../src/install/environment";
import { Cancelled, Failed } from "../../src/install/run";
import { programOf } from "../../src/server/places";

/** Of the real one; tests/e2e/vscode builds it. What it requires is not fetched: PIP_NO_DEPS. */
const WHEEL = process.env["DIFFGEM_TEST_WHEEL"] ?? "";
const PYTHON = process.env["DIFFGEM_TEST_PYTHON"] ?? "python3";
const skip = WHEEL === "" && "DIFFGEM_TEST_WHEEL names no wheel";
let folder = "";

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "own näh ☕ "));
});
after(() => rm(folder, { recursive: true }));

function wish(changed: Partial<Wish> = {}): Wish {
  const environment = path.join(folder, "deep", "server");
  return {
    python: PYTHON,
    wheel: WHEEL,
    environment,
    withEngine: false,
    torchIndex: "",
    ...changed,
  };
}

function watch(signal = new AbortController().signal) {
  return { signal, onLine: () => {} };
}

test("an installation that fails or is cancelled leaves nothing behind", { skip }, async () => {
  const broken = wish({ wheel: path.join(folder, "diffgem_lsp-9-py3-none-any.whl") });
  await assert.rejects(make(broken, watch()), Failed);
  await assert.rejects(access(broken.environment), { code: "ENOENT" });
  const ending = new AbortController();
  const made = make(wish(), { signal: ending.signal, onLine: () => ending.abort(new Cancelled()) });
  await assert.rejects(made, Cancelled);
  assert.equal(await isWhole(wish().environment), false);
  assert.deepEqual(await readdir(path.join(folder, "deep")), []);
});

test("the wheel is installed, and an update that fails leaves it as it was", { skip }, async () => {
  await make(wish(), watch());
  const program = programOf(wish().environment, false);
  const version = execFileSync(program, ["--version"], { encoding: "utf8" });
  assert.match(version, /^diffgem-lsp \d/);
  await assert.rejects(make(wish({ wheel: path.join(folder, "none.whl") }), watch()), Failed);
  assert.equal(await isWhole(wish().environment), true);
  assert.equal(execFileSync(program, ["--version"], { encoding: "utf8" }), version);
});
