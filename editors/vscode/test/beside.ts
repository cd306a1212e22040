// What is drawn beside the text.
import * as vscode from "vscode";
import { page } from "./page";
import { until } from "./until";

/** What decorations write beside the text: they are not in the page's own text. */
export async function beside(): Promise<string> {
  const found = await page(
    "evaluate",
    `[...document.querySelectorAll(".view-line span")].flatMap((each) =>
      ["::before", "::after"].map((place) => getComputedStyle(each, place).content)).join("|")`,
  );
  return (found as string).replaceAll("\u00a0", " ");
}

/** The style of the first that has these words before it, beside that of the text it stands in. */
export async function styleOf(words: string): Promise<{ fontStyle: string; color: string; textColor: string }> {
  const script = `(() => {
    for (const each of document.querySelectorAll(".view-line span")) {
      const { content, fontStyle, color } = getComputedStyle(each, "::before");
      if (content.includes(${JSON.stringify(words)})) {
        return { fontStyle, color, textColor: getComputedStyle(each.parentElement).color };
      }
    }
  })()`;
  return (await page("evaluate", script)) as { fontStyle: string; color: string; textColor: string };
}

export function hint(words: string): Promise<unknown> {
  return until(`“${words}” to be drawn`, async () => (await beside()).includes(words));
}

/** Returns when the window has drawn all that the extension has told it so far. */
export async function allDrawn(): Promise<void> {
  await vscode.commands.executeCommand("getContextKeyInfo"); // there and back
  await page("evaluate", "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))");
}

export function nothingOffered(): Promise<unknown> {
  return until("nothing to be offered", async () => !(await beside()).includes("Tab "));
}
