// The window that these tests run in, as its user has it: keys, and what is drawn.
import { request } from "node:http";
import { environment } from "./environment";

type Said = { value?: unknown; error?: string };

/** A method of Playwright's page, as in `page("keyboard.press", "Tab")`. */
export async function page(call: string, ...args: unknown[]): Promise<unknown> {
  const said: Said = JSON.parse(await posted(JSON.stringify({ page: "main", call, args })));
  if (said.error !== undefined) {
    throw new Error(`${call}: ${said.error}`);
  }
  return said.value;
}

function posted(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: environment.page, method: "POST" }, (reply) => {
      const pieces: Buffer[] = [];
      reply.on("data", (piece: Buffer) => pieces.push(piece));
      reply.on("end", () => resolve(Buffer.concat(pieces).toString()));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

export async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await page("keyboard.press", key);
  }
}

export async function type(text: string): Promise<void> {
  await page("keyboard.type", text);
}

/** The texts of all elements that fit, with blanks as they were typed. */
export async function texts(selector: string): Promise<string[]> {
  const script = `[...document.querySelectorAll(${JSON.stringify(selector)})].map((each) => each.textContent)`;
  const found = (await page("evaluate", script)) as string[];
  return found.map((each) => each.replaceAll("\u00a0", " "));
}
