// A browser for tests in other languages: `node page.mjs PLAYWRIGHT CHROMIUM SOCKET`.
//
// Listens on the unix socket SOCKET, says "ready" when it does, and ends when its standard input
// does.  POST {page, call, args} calls a method of Playwright's page of that name, as in
// {page: "main", call: "keyboard.press", args: ["Tab"]}; a name that is new opens a window.  The
// answer is {value}, or {error} with the reason; bytes come in
// base64, and what else is not plain JSON as null.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [playwright, executablePath, socket] = process.argv.slice(2);
const { chromium } = createRequire(import.meta.url)(playwright);
const VIEW = { viewport: { width: 1000, height: 625 }, deviceScaleFactor: 1.5 };
const DEADLINE = 60_000; // ms

const browser = await chromium.launch({ executablePath });
const pages = new Map();

async function pageOf(name) {
  if (!pages.has(name)) {
    const context = await browser.newContext(VIEW);
    context.setDefaultTimeout(DEADLINE);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    pages.set(name, await context.newPage());
  }
  return pages.get(name);
}

async function called({ page, call, args = [] }) {
  const path = call.split(".");
  const method = path.pop();
  const owner = path.reduce((value, part) => value[part], await pageOf(page));
  const value = await owner[method](...args);
  if (call === "close") pages.delete(page);
  return plain(value);
}

function plain(value) {
  if (Buffer.isBuffer(value)) return value.toString("base64");
  const whole = value !== null && typeof value === "object";
  const kept = !whole || Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return kept ? value : null;
}

async function answer(request, response) {
  let body = "";
  for await (const piece of request) body += piece;
  const said = await called(JSON.parse(body)).then(
    (value) => ({ value }),
    (error) => ({ error: String(error) }),
  );
  response.end(JSON.stringify(said));
}

createServer(answer).listen(socket, () => console.log("ready"));
process.stdin.resume().on("end", async () => {
  await browser.close();
  process.exit();
});
