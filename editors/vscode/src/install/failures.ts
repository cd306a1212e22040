import { isNewEnough, LEAST, type Python } from "./python";

const LEAST_VERSION = LEAST.join(".");
const SETTING = "the setting diffgem.server.python";

/** What keeps that Python from being used, and what to do; undefined where nothing does. */
export function unsuitable(python: Python | undefined, named: string): string | undefined {
  if (python === undefined) {
    return named === ""
      ? `no Python is on the PATH. Install Python ${LEAST_VERSION} or newer, or name one in ${SETTING}.`
      : `${named}, which ${SETTING} names, is no Python that runs. Correct it, or clear it.`;
  }
  const version = python.version.join(".");
  if (!isNewEnough(python.version)) {
    return `Python ${LEAST_VERSION} or newer is needed, and the newest here is ${version} (${python.command}). Install a newer one, or name it in ${SETTING}.`;
  }
  if (!python.hasVenv) {
    return `${python.command} cannot make environments. Install its venv package (Debian, Ubuntu: sudo apt install python${version}-venv), or name another Python in ${SETTING}.`;
  }
  return undefined;
}

/** One that somebody else may have put there. */
export function untrusted(named: string): string {
  return `${named}, which ${SETTING} names, is in a folder that is not trusted. Trust the folder, or name another Python.`;
}

const SIGNS: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|ENOSPC|Errno 28/, "the disk is full. Make room, then install again."],
  [
    /Temporary failure in name resolution|NewConnectionError|ConnectTimeoutError|ReadTimeoutError|Max retries exceeded|Network is unreachable|Connection refused|ProxyError|SSLError|getaddrinfo failed|nodename nor servname/,
    "there is no way to the index of packages. The server itself came with this extension, but what it needs is downloaded: connect, or tell pip of a proxy or another index (its PIP_* variables or pip.conf), then install again.",
  ],
  [
    /No matching distribution found|Could not find a version/,
    "the index of packages cannot be reached, or lacks something that is needed (the log says what). Connect, tell pip of a proxy or another index (its PIP_* variables or pip.conf), or name another Python in the setting diffgem.server.python.",
  ],
];

/** Why a step of the installation failed, by what it printed, and what to do. */
export function explained(output: string): string {
  const sign = SIGNS.find(([pattern]) => pattern.test(output));
  const last = output.trim().split("\n").at(-1) ?? "";
  return sign?.[1] ?? `${last || "it gave no reason"}. The log has all of it.`;
}

/** A folder that cannot be written to. */
export function unwritable(folder: string, error: NodeJS.ErrnoException): string {
  return `${folder} cannot be written to (${error.code ?? error.message}). Make it writable, or install DiffGem elsewhere, from a clone, and name its diffgem-lsp in the setting diffgem.server.path.`;
}
