// Ghost text as it is drawn.
import { page, texts } from "./page";
import { until } from "./until";

const DRAWN = '.view-lines [class*="ghost-text-decoration"]';

/** Of the cursor's line; empty where there is none. */
export async function ghost(): Promise<string> {
  return (await texts(DRAWN)).join("");
}

export function someGhost(): Promise<string> {
  return until("ghost text", async () => (await ghost()) || undefined);
}

export function noGhost(): Promise<unknown> {
  return until("no ghost text", async () => (await ghost()) === "");
}

/** From now on: the frames of the window in which no ghost text was drawn. */
export async function watchForGaps(): Promise<void> {
  await page(
    "evaluate",
    `(() => {
      window.gaps = 0;
      const look = () => {
        window.gaps += document.querySelector(${JSON.stringify(DRAWN)}) ? 0 : 1;
        window.watching = requestAnimationFrame(look);
      };
      look();
    })()`,
  );
}

export async function gaps(): Promise<number> {
  return (await page("evaluate", "cancelAnimationFrame(window.watching), window.gaps")) as number;
}
