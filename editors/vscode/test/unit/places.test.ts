import assert from "node:assert/strict";
import { test } from "node:test";
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

test("a folder that only begins alike is not inside", () => {
  assert.deepEqual(absoluteEntries("/home/ann/library:/home/ann/lib", ["/home/ann/lib"]), ["/home/ann/library"]);
});
