import * as path from "node:path";
import { isProgram } from "../server/programs";
import { run, type Watch } from "./run";

export const LEAST = [3, 11] as const;

export interface Python {
  readonly command: string;
  readonly version: readonly [number, number];
  /** Whether it can make environments: some systems have that in a package of its own. */
  readonly hasVenv: boolean;
}

const NAMES = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"];
const PROBE =
  "import json, sys, importlib.util as u; print(json.dumps({'version': list(sys.version_info[:2]), " +
  "'hasVenv': bool(u.find_spec('venv') and u.find_spec('ensurepip'))}))";

/** Where to look: the one that is named, or those of `folders`, newer names first. */
export function candidates(
  named: string,
  folders: readonly string[],
  isWindows: boolean,
): string[] {
  if (named !== "") {
    return [named];
  }
  const suffix = isWindows ? ".exe" : "";
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name + suffix)));
}

/** The first that will do; where none does, the best of those that are there, which says why not. */
export async function choose(
  commands: readonly string[],
  watch: Watch,
): Promise<Python | undefined> {
  let best: Python | undefined;
  for (const command of commands) {
    const python = (await isProgram(command)) ? await probed(command, watch) : undefined;
    if (python !== undefined && suits(python)) {
      return python;
    }
    best = better(best, python);
  }
  return best;
}

export function suits({ version, hasVenv }: Python): boolean {
  return isNewEnough(version) && hasVenv;
}

export function isNewEnough([major, minor]: Python["version"]): boolean {
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

/** One that is new enough lacks a package only. */
function better(best: Python | undefined, python: Python | undefined): Python | undefined {
  if (python === undefined || (best !== undefined && isNewEnough(best.version))) {
    return best;
  }
  return best === undefined || isNewEnough(python.version) ? python : best;
}

async function probed(command: string, watch: Watch): Promise<Python | undefined> {
  try {
    const found = JSON.parse(
      await run(command, ["-I", "-c", PROBE], { ...watch, onLine: () => {} }),
    );
    return { command, version: found.version, hasVenv: found.hasVenv };
  } catch (error) {
    watch.signal.throwIfAborted();
    watch.onLine(`${command} is no Python to use: ${error}`);
    return undefined;
  }
}
