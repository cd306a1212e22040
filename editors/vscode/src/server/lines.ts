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
