import assert from "node:assert/strict";
import { test } from "node:test";
import { explained, unsuitable, untrusted } from "../../src/install/failures";
import { progressOf } from "../../src/install/progress";
import { candidates } from "../../src/install/python";

test("of Pythons the one that is named, else newer names first, wherever they are", () => {
  assert.deepEqual(candidates("/opt/python", ["/usr/bin"], false), ["/opt/python"]);
  const found = candidates("", ["/a", "/b"], false);
  assert.deepEqual(found.slice(0, 3), ["/a/python3.14", "/b/python3.14", "/a/python3.13"]);
  assert.equal(found.at(-1), "/b/python");
});

test("a Python that will not do is a message that says what to do", () => {
  const good = { command: "/usr/bin/python3", version: [3, 11], hasVenv: true } as const;
  assert.equal(unsuitable(good, ""), undefined);
  assert.match(unsuitable(undefined, "") ?? "", /Install Python 3.11 or newer/);
  assert.match(unsuitable(undefined, "/no/python") ?? "", /\/no\/python.*Correct it/);
  assert.match(unsuitable({ ...good, version: [3, 9] }, "") ?? "", /newest here is 3.9/);
  assert.match(unsuitable({ ...good, hasVenv: false }, "") ?? "", /apt install python3.11-venv/);
});

test("a Python of a folder that is not trusted is a message that says what to do", () => {
  assert.match(untrusted("/code/python"), /^\/code\/python.*not trusted\. Trust the folder, or name another/);
});

test("what pip says of a network that is not there is put in words", () => {
  const offline =
    "WARNING: Retrying: NewConnectionError: Failed to establish a new connection\n" +
    "ERROR: No matching distribution found for pygls";
  assert.match(explained(offline), /no way to the index/);
  assert.match(
    explained("ERROR: No matching distribution found for torch"),
    /cannot be reached, or lacks something/,
  );
  assert.match(explained("OSError: [Errno 28] No space left on device"), /disk is full/);
  assert.equal(explained("something\nwent wrong\n"), "went wrong. The log has all of it.");
  assert.equal(explained(""), "it gave no reason. The log has all of it.");
});

test("of pip's lines those that people understand are shown", () => {
  assert.equal(progressOf("Collecting torch>=2.11 (from diffgem-lsp)"), "looking up torch");
  const line = "  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (29 kB)";
  assert.equal(progressOf(line), "downloading torch, 29 kB");
  assert.equal(progressOf("  Using cached pygls-2.1.1.whl"), undefined);
});
