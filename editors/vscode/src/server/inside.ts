import { realpathSync } from "node:fs";
import * as path from "node:path";

/** Whether it is in one of the folders: by its name, or by where links of it or its folder lead. */
export function isInside(entry: string, folders: readonly string[]): boolean {
  return folders.some((folder) =>
    [folder, real(folder)].some((each) => namesOf(entry).some((name) => holds(each, name))),
  );
}

function namesOf(entry: string): string[] {
  return [entry, path.join(real(path.dirname(entry)), path.basename(entry)), real(entry)];
}

function holds(folder: string, name: string): boolean {
  const way = path.relative(folder, name);
  return way !== ".." && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** Without links; what is not there has none. */
function real(name: string): string {
  try {
    return realpathSync.native(name);
  } catch {
    return name;
  }
}
