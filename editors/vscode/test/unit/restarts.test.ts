import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_RESTARTS, Restarts, WITHIN_MS } from "../../src/server/restarts";

test("a server that keeps ending is left alone, until the user asks for it", () => {
  const restarts = new Restarts(() => 0);
  const answers = Array.from({ length: MOST_RESTARTS + 1 }, () => restarts.isWorthwhile());
  assert.deepEqual(answers, [true, true, true, true, false]);
  restarts.forget();
  assert.equal(restarts.isWorthwhile(), true);
});

test("one that ends now and then is started each time", () => {
  let now = 0;
  const restarts = new Restarts(() => now);
  for (let end = 0; end < 20; end++) {
    now += WITHIN_MS / MOST_RESTARTS;
    assert.equal(restarts.isWorthwhile(), true);
  }
});
