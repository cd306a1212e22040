import * as path from "node:path";
import { isInside } from "./inside";

/** Where a server was found; it says how it is brought up to date. */
export type Origin = "setting" | "project" | "path" | "own";

export interface Server {
  readonly command: string;
  readonly origin: Origin;
}

/** All that decides where a server is looked for. */
export interface Surroundings {
  /** The setting `server.path`; empty where it is not set. */
  readonly setting: string;
  readonly home: string;
  readonly folders: readonly string[];
  readonly isTrusted: boolean;
  /** Of the interpreters that the Python extension has chosen for the folders. */
  readonly interpreters: readonly string[];
  /** The variable of that name. */
  readonly path: string;
  /** The environment that the extension has made. */
  readonly ownEnvironment: string;
  readonly isWindows: boolean;
}

const ENVIRONMENTS = [".venv", "venv"];

/** The program of an environment. */
export function programOf(environment: string, isWindows: boolean): string {
  return path.join(
    environment,
    ...(isWindows ? ["Scripts", "diffgem-lsp.exe"] : ["bin", "diffgem-lsp"]),
  );
}

/**
 * Where to look, the first that is there wins. A setting is the only place: who names a program
 * wants no other. Of a folder that is not trusted nothing is run, whoever names it.
 */
export function places(given: Surroundings): Server[] {
  const closed = given.isTrusted ? [] : given.folders;
  if (given.setting !== "") {
    const command = expanded(given);
    return isInside(command, closed) ? [] : [{ command, origin: "setting" }];
  }
  const name = given.isWindows ? "diffgem-lsp.exe" : "diffgem-lsp";
  const onPath = absoluteEntries(given.path, closed).map((folder) => path.join(folder, name));
  const ofPath = onPath.filter((command) => !isInside(command, closed));
  return [
    ...(given.isTrusted ? ofProject(given, name) : []),
    ...ofPath.map((command): Server => ({ command, origin: "path" })),
    { command: programOf(given.ownEnvironment, given.isWindows), origin: "own" },
  ];
}

function ofProject(given: Surroundings, name: string): Server[] {
  const environments = given.folders.flatMap((folder) =>
    ENVIRONMENTS.map((each) => programOf(path.join(folder, each), given.isWindows)),
  );
  const beside = given.interpreters.map((each) => path.join(path.dirname(each), name));
  return [...environments, ...beside].map((command) => ({ command, origin: "project" }));
}

/** A relative entry would mean another folder in every window; of `closed` ones nothing is run. */
export function absoluteEntries(searched: string, closed: readonly string[]): string[] {
  const entries = searched.split(path.delimiter).filter((entry) => path.isAbsolute(entry));
  return entries.filter((entry) => !isInside(entry, closed));
}

/** `~` is the user's home; what is relative is so to the first folder. */
function expanded({ setting, home, folders }: Surroundings): string {
  const [first = home] = folders;
  const named = setting.replace(/^~(?=$|[/\\])/, home).replaceAll("${workspaceFolder}", first);
  return path.resolve(first, named);
}
