// From key to ghost text: `benchmarks/vscode.py` runs this in place of the suite.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import * as vscode from "vscode";
import { enginePid } from "./engine";
import { environment } from "./environment";
import { ghost, noGhost } from "./ghost";
import { closeAll, Opened } from "./opened";
import { page, press } from "./page";
import { activated, client, lastAnswer, parts, state } from "./server";
import { until } from "./until";

const HEAD = "def smallest(self):\n        result = 0\n        fo";
const DRAWN_WITHIN_MS = 10_000;
const CLOCK = `(() => {
  const drawn = '.view-lines [class*="ghost-text-decoration"]';
  addEventListener("keydown", (event) => { window.keyAt = event.timeStamp; window.ghostAt = 0; }, true);
  const look = () => {
    window.ghostAt ||= document.querySelector(drawn) ? performance.now() : 0;
  };
  new MutationObserver(look).observe(document.querySelector(".monaco-editor"), { childList: true, subtree: true, attributes: true });
})()`;

const CLOCKED = "[window.keyAt, window.ghostAt].map((each) => performance.timeOrigin + each)";
const AT_ONCE = { totalMs: 0, pauseMs: 0, engineMs: 0, reused: false };

/** By the clock of all processes. */
type Answered = { asked: number; answered: number };

/** What shows the ghost text: this extension, or the least one that could (`control/`). */
interface Subject {
  readonly isControl: boolean;
  /** When it was asked for ghost text last, and when it had it. */
  readonly seen: Answered;
  timing(): Promise<typeof AT_ONCE>;
}

const now = (): number => performance.timeOrigin + performance.now();

async function subject(): Promise<Subject> {
  const control = vscode.extensions.getExtension<Answered>("diffgem.control");
  if (control !== undefined) {
    return { isControl: true, seen: await control.activate(), timing: async () => AT_ONCE };
  }
  await activated();
  await enginePid();
  await state("idle");
  return { isControl: false, seen: await watched(), timing: lastAnswer };
}

async function watched(): Promise<Answered> {
  const seen: Answered = { asked: 0, answered: 0 };
  const { middleware } = await client();
  const provide = middleware.provideInlineCompletionItems;
  middleware.provideInlineCompletionItems = async (document, place, context, token, next) => {
    const asked = now();
    const items = await provide!(document, place, context, token, next);
    Object.assign(seen, { asked, answered: now() });
    return items;
  };
  return seen;
}

/** One that the engine has not been asked about, however often it is asked. */
function text(number: number): string {
  const shop = environment.played.files[environment.played.scenes.ghost.file]!;
  return shop.replaceAll("prices", `prices_${number}`).replaceAll("result", `found_${number}`);
}

async function measured({ isControl, seen, timing }: Subject): Promise<object> {
  const [key, drawn] = (await page("evaluate", CLOCKED)) as [number, number];
  return { isControl, key, drawn, ...seen, ...(await timing()) };
}

/** None where the model was not sure of any text, or where VS Code did not ask. */
async function sample(number: number, subject: Subject): Promise<object | undefined> {
  const document = await vscode.workspace.openTextDocument({ language: "python", content: text(number) });
  const open = new Opened(await vscode.window.showTextDocument(document));
  const head = HEAD.replaceAll("result", `found_${number}`);
  await open.goTo(open.text.indexOf(head) + head.length);
  await page("evaluate", CLOCK);
  await open.type("r");
  const isQuiet = () => !subject.isControl && parts().status.now.state === "quiet";
  const drawn = until("ghost text", async () => isQuiet() || (await ghost()), DRAWN_WITHIN_MS);
  const isDrawn = await drawn.then(() => !isQuiet(), () => false);
  const found = isDrawn ? await measured(subject) : undefined;
  await press("Escape");
  await noGhost();
  await closeAll();
  return found;
}

async function measure(report: string, keys: number): Promise<void> {
  const one = await subject();
  const first = existsSync(report) ? readFileSync(report, "utf8").split("\n").length : 1;
  for (let number = first; number < first + keys; number += 1) {
    const found = await sample(number, one);
    if (found !== undefined) {
      appendFileSync(report, `${JSON.stringify(found)}\n`);
    }
  }
}

/** Called by the extension host. */
export async function run(): Promise<void> {
  const { report, only } = environment;
  try {
    await measure(report, Number(only.source));
  } catch (error) {
    appendFileSync(report, `${JSON.stringify({ error: String(error) })}\n`);
  }
}
