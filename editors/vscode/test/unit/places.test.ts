import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test, type TestContext } from "node:test";
import { absoluteEntries, places, type Surroundings } from "../../src/server/places";

const HERE: Surroundings = {
  setting: "",
  home: "/home/ann",
  folders: ["/home/ann/näh ☕", "/home/ann/lib"],
  isTrusted: true,
  interpreters: ["/opt/py/bin/python"],
  path: "/usr/bin:relative:/home/ann/lib/node_modules/.bin",
  ownEnvironment: "/home/ann/own",
  isWindows: false,
};

const OWN = "/home/ann/own/bin/diffgem-lsp";

function commands(changed: Partial<Surroundings> = {}): string[] {
  return places({ ...HERE, ...changed }).map(({ command }) => command);
}

test("the project's environments come first, then the PATH, then the own one", () => {
  assert.deepEqual(commands(), [
    "/home/ann/näh ☕/.venv/bin/diffgem-lsp",
    "/home/ann/näh ☕/venv/bin/diffgem-lsp",
    "/home/ann/lib/.venv/bin/diffgem-lsp",
    "/home/ann/lib/venv/bin/diffgem-lsp",
    "/opt/py/bin/diffgem-lsp",
    "/usr/bin/diffgem-lsp",
    "/home/ann/lib/node_modules/.bin/diffgem-lsp",
    "/home/ann/own/bin/diffgem-lsp",
  ]);
});

test("of a folder that is not trusted nothing is run, be it on the PATH", () => {
  const found = commands({ isTrusted: false, interpreters: ["/home/ann/lib/.venv/bin/python"] });
  assert.deepEqual(found, ["/usr/bin/diffgem-lsp", "/home/ann/own/bin/diffgem-lsp"]);
});

test("who names a program wants no other", () => {
  assert.deepEqual(commands({ setting: "/opt/diffgem-lsp" }), ["/opt/diffgem-lsp"]);
});

test("a named program may be relative to the home or to the first folder", () => {
  assert.deepEqual(commands({ setting: "~/bin/d" }), ["/home/ann/bin/d"]);
  assert.deepEqual(commands({ setting: "env/d" }), ["/home/ann/näh ☕/env/d"]);
  assert.deepEqual(commands({ setting: "${workspaceFolder}/d" }), ["/home/ann/näh ☕/d"]);
  assert.deepEqual(commands({ setting: "env/d", folders: [] }), ["/home/ann/env/d"]);
});

test("of a folder that is not trusted no program is run, be it the user who names it", () => {
  for (const setting of ["env/d", "${workspaceFolder}/d", "/home/ann/lib/d", "~/lib/d"]) {
    assert.deepEqual(commands({ setting, isTrusted: false }), [], setting);
  }
  for (const setting of ["/opt/d", "~/bin/d", "../d", "/home/ann/library/d"]) {
    assert.equal(commands({ setting, isTrusted: false }).length, 1, setting);
  }
});

/** A program in `code`; links lead there from `way` and `bin`, and out of it to `bin/sh`. */
async function linked(context: TestContext): Promise<(name: string) => string> {
  const made = await mkdtemp(path.join(tmpdir(), "näh ☕ "));
  context.after(() => rm(made, { recursive: true }));
  const at = (name: string): string => path.join(made, name);
  await Promise.all([mkdir(at("code")), mkdir(at("bin"))]);
  await Promise.all([writeFile(at("code/diffgem-lsp"), ""), writeFile(at("bin/sh"), "")]);
  await symlink(at("code"), at("way"));
  await symlink(at("bin/sh"), at("code/out"));
  await symlink(at("code/diffgem-lsp"), at("bin/diffgem-lsp"));
  return at;
}

test("no link hides that a program is of a folder that is not trusted", async (context) => {
  const at = await linked(context);
  for (const folder of ["code", "way"]) {
    const closed = { isTrusted: false, folders: [at(folder)] };
    for (const name of [...["code", "way", "bin"].map((each) => `${each}/diffgem-lsp`), "way/out"]) {
      assert.deepEqual(commands({ ...closed, setting: at(name) }), [], `${name} of ${folder}`);
    }
    assert.deepEqual(commands({ ...closed, setting: at("bin/sh") }), [at("bin/sh")]);
    const onPath = [at("way"), at("bin")].join(":");
    assert.deepEqual(commands({ ...closed, path: onPath }), [OWN]);
  }
});

test("a folder that only begins alike is not inside", () => {
  assert.deepEqual(absoluteEntries("/home/ann/library:/home/ann/lib", ["/home/ann/lib"]), ["/home/ann/library"]);
});
