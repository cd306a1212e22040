import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import * as os from "node:os";

const TAIL_LINES = 8;

/** A server that was started: its standard error is kept as far as a message can show it. */
export interface ServerProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** The last lines that it wrote there; how it ended, if it wrote none. */
  lastWords(): string;
  /** Whether it has, all that it wrote included. */
  endsWithin(milliseconds: number): Promise<boolean>;
}

/**
 * Not in the workspace's folder: programs of a folder that is not trusted must not be found by
 * being beside it. Whether it could be started the `error` event of the child says.
 */
export function spawnServer(command: string): ServerProcess {
  // All of it: the log's own level says what is shown. By a variable, for older servers lack the
  // option.
  const env = { DIFFGEM_LOG_LEVEL: "debug", ...process.env };
  const child = spawn(command, [], { cwd: os.homedir(), env, windowsHide: true });
  let tail: string[] = [];
  let ended = "it gave no reason";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = `${tail.join("\n")}${text}`.split("\n").slice(-TAIL_LINES - 1);
  });
  child.on("exit", (code, signal) => {
    ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
  });
  child.on("error", (error) => {
    ended = error.message;
  });
  const closed = new Promise<void>((resolve) => child.on("close", resolve));
  return {
    child,
    lastWords: () => tail.join("\n").trim() || ended,
    endsWithin: (milliseconds) => isWithin(milliseconds, closed),
  };
}

async function isWithin(milliseconds: number, done: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const isDone = await Promise.race([done.then(() => true), late]);
  clearTimeout(timer);
  return isDone;
}
