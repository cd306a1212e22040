// From key to ghost text: `benchmarks/vscode.py` runs this in place of the suite.
import { appendFileSync } from "node:fs";
import * as vscode from "vscode";
import { enginePid } from "./engine";
import { environment } from "./environment";
import { noGhost, someGhost } from "./ghost";
import { closeAll, Opened } from "./opened";
import { page, press } from "./page";
import { client, lastAnswer, state } from "./server";

const HEAD = "def smallest(self):\n        result = 0\n        fo";
const CLOCK = `(() => {
  const drawn = '.view-lines [class*="ghost-text-decoration"]';
  addEventListener("keydown", (event) => { window.keyAt = event.timeStamp; window.ghostAt = 0; }, true);
  const look = () => {
    window.ghostAt ||= document.querySelector(drawn) ? performance.now() : 0;
  };
  new MutationObserver(look).observe(document.querySelector(".monaco-editor"), { childList: true, subtree: true, attributes: true });
})()`;

const CLOCKED = "[window.keyAt, window.ghostAt].map((each) => performance.timeOrigin + each)";

/** One that the engine has not been asked about, however often it is asked. */
function text(number: number): string {
  const shop = environment.played.files[environment.played.scenes.ghost.file]!;
  return shop.replaceAll("prices", `prices_${number}`).replaceAll("result", `found_${number}`);
}

type Answered = { asked: number; answered: number };

/** When the extension was asked for ghost text, and when it had it: by the clock of all processes. */
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

const now = (): number => performance.timeOrigin + performance.now();

async function sample(number: number, seen: Answered): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "python", content: text(number) });
  const open = new Opened(await vscode.window.showTextDocument(document));
  const head = HEAD.replaceAll("result", `found_${number}`);
  await open.goTo(open.text.indexOf(head) + head.length);
  await page("evaluate", CLOCK);
  await open.type("r");
  await someGhost();
  const [key, drawn] = (await page("evaluate", CLOCKED)) as [number, number];
  const { totalMs, pauseMs, engineMs, reused } = await lastAnswer();
  appendFileSync(environment.report, `${JSON.stringify({ key, drawn, ...seen, totalMs, pauseMs, engineMs, reused })}\n`);
  await press("Escape");
  await noGhost();
  await closeAll();
}

/** Called by the extension host. */
export async function run(): Promise<void> {
  await enginePid();
  await state("idle");
  const seen = await watched();
  for (let number = 0; number < Number(environment.only.source); number += 1) {
    await sample(number, seen);
  }
}
