import { readdir } from "node:fs/promises";
import * as path from "node:path";

/** The wheel that the extension carries; undefined in a checkout, where none was built. */
export async function carriedWheel(extension: string): Promise<string | undefined> {
  const folder = path.join(extension, "bundled");
  const names = await readdir(folder).catch(() => []);
  const name = names.find((each) => each.startsWith("diffgem_lsp-") && each.endsWith(".whl"));
  return name === undefined ? undefined : path.join(folder, name);
}
