// Tests of the extension inside VS Code's extension host, one after another in one window.
import { appendFileSync } from "node:fs";

type Body = () => Promise<void>;
const tests: { name: string; body: Body }[] = [];
let afterEach: Body = async () => {};

export function test(name: string, body: Body): void {
  tests.push({ name, body });
}

/** What brings the window back to where it was, after every test. */
export function cleanUp(body: Body): void {
  afterEach = body;
}

/**
 * Each outcome is a line of JSON at the end of `report`: `name`, `seconds`, and `error` if any.
 * Where `ready` fails, that is the only outcome.
 */
export async function runAll(report: string, only: RegExp, ready: Body): Promise<void> {
  const told = (outcome: object) => appendFileSync(report, `${JSON.stringify(outcome)}\n`);
  const unready = await failure(ready);
  if (unready !== undefined) {
    told({ name: "ready", error: unready });
    return;
  }
  for (const { name, body } of tests.filter((each) => only.test(each.name))) {
    const started = performance.now();
    const error = (await failure(body)) ?? (await failure(afterEach));
    const seconds = (performance.now() - started) / 1000;
    told({ name, seconds, error });
  }
}

async function failure(body: Body): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return (error instanceof Error && error.stack) || String(error);
  }
}
