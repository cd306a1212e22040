import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";

/** What no other window does meanwhile; false where one is at it. A window that died holds nothing. */
export async function alone(file: string, work: () => Promise<void>): Promise<boolean> {
  await mkdir(path.dirname(file), { recursive: true });
  if (!(await taken(file))) {
    return false;
  }
  try {
    await work();
  } finally {
    await rm(file, { force: true });
  }
  return true;
}

async function taken(file: string): Promise<boolean> {
  if (await made(file)) {
    return true;
  }
  if (await isHeld(file)) {
    return false;
  }
  await rm(file, { force: true });
  return made(file);
}

async function made(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

async function isHeld(file: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(file, "utf8"));
    return pid > 0 && isAlive(pid);
  } catch {
    return false; // its holder has just finished
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
