import { mkdir, writeFile } from "node:fs/promises";
import * as path from "node:path";

/**
 * Whether `file` was not there: it is now. Of windows that ask at the same time one hears yes; where
 * nothing can be written all of them do.
 */
export async function isFirst(file: string): Promise<boolean> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, "", { flag: "wx" });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EEXIST";
  }
}
