import { type ChildProcess, spawn } from "node:child_process";
import * as os from "node:os";

export class Cancelled extends Error {}

/** A program that failed, with all that it printed. */
export class Failed extends Error {
  constructor(
    readonly command: string,
    readonly output: string,
  ) {
    super(`${command} failed`);
  }
}

export interface Watch {
  readonly signal: AbortSignal;
  onLine(line: string): void;
}

/**
 * Everything that `command` prints, told line by line. Raises Cancelled once the signal comes and
 * the program is gone with all that it started, Failed where it does not end well.
 */
export async function run(command: string, args: readonly string[], watch: Watch): Promise<string> {
  watch.signal.throwIfAborted();
  const isGroup = process.platform !== "win32";
  const child = spawn(command, args, { cwd: os.homedir(), detached: isGroup, windowsHide: true });
  const kill = (): void => end(child, isGroup);
  watch.signal.addEventListener("abort", kill);
  const lines = collected(child, watch);
  try {
    const code = await ended(child);
    if (watch.signal.aborted) {
      throw new Cancelled();
    }
    if (code !== 0) {
      throw new Failed(command, lines.join("\n"));
    }
    return lines.join("\n");
  } finally {
    watch.signal.removeEventListener("abort", kill);
  }
}

function collected(child: ChildProcess, { onLine }: Watch): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const parts = `${rest}${text}`.split(/\r?\n/);
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        onLine(line);
      }
    });
    stream?.on("end", () => lines.push(rest));
  }
  return lines;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new Failed(child.spawnfile, error.message)));
    child.on("close", resolve);
  });
}

function end(child: ChildProcess, isGroup: boolean): void {
  if (isGroup && child.pid !== undefined) {
    process.kill(-child.pid);
  } else {
    child.kill();
  }
}
