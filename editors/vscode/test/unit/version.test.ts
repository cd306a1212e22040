import assert from "node:assert/strict";
import { test } from "node:test";
import { compared } from "../../src/server/version";

const CASES = [
  ["0.1.0", "0.1.0", "same"],
  ["0.1.7", "0.1.0", "same"],
  ["0.1.0rc1", "0.1.0", "same"],
  ["0.2.0", "0.1.9", "newer"],
  ["0.1.9", "0.2.0", "older"],
  ["1.0.0", "0.9.0", "newer"],
  ["0.9.0", "1.0.0", "older"],
  ["1.2.0", "1.7.3", "same"],
  ["2.0.0", "1.7.3", "newer"],
  ["", "0.1.0", "older"],
] as const;

for (const [server, extension, expected] of CASES) {
  test(`a server ${server || "without a version"} beside an extension ${extension} is ${expected}`, () => {
    assert.equal(compared(server, extension), expected);
  });
}
