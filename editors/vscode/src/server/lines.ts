export type Level = "debug" | "info" | "warn" | "error";

export interface Line {
  readonly level: Level;
  readonly text: string;
}

const LEVELS: Record<string, Level> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
};
const LOGGED = /^[\d-]+ [\d:,]+ (DEBUG|INFO|WARNING|ERROR) (.*)$/;

/** A line of the server's standard error: its log's own time and level are not shown twice. */
export function lineOf(written: string): Line {
  const [, level = "", text = written] = LOGGED.exec(written) ?? [];
  return { level: LEVELS[level] ?? "info", text };
}

/** The last line of what a program wrote: of a traceback the one that says what happened. */
export function gist(written: string): string {
  return written.trim().split("\n").at(-1) ?? "";
}
