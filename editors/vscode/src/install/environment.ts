import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { programOf } from "../server/places";
import { run, type Watch } from "./run";

const MARKER = "diffgem.json"; // is written last: without it the environment is not whole
const IS_WINDOWS = process.platform === "win32";

export interface Wish {
  readonly python: string;
  readonly wheel: string;
  readonly environment: string;
  readonly withEngine: boolean;
  /** An index with a build of torch for machines without an NVIDIA card; empty: pip's own. */
  readonly torchIndex: string;
}

export async function isWhole(environment: string): Promise<boolean> {
  try {
    await readFile(path.join(environment, MARKER));
    return true;
  } catch {
    return false; // there is none, or none that can be read: it is made anew
  }
}

/**
 * An environment with the wheel and what it needs. One that is whole is brought up to date, and
 * stays where that fails; of a new one nothing is left then. Raises Failed, Cancelled, or what the
 * file system says.
 */
export async function make(wish: Wish, watch: Watch): Promise<void> {
  const { environment } = wish;
  const isNew = !(await isWhole(environment));
  try {
    if (isNew) {
      await begin(wish, watch);
    }
    await fill(wish, watch);
    await run(programOf(environment, IS_WINDOWS), ["--version"], watch);
    await writeFile(
      path.join(environment, MARKER),
      JSON.stringify({ withEngine: wish.withEngine }),
    );
  } catch (error) {
    if (isNew) {
      await rm(environment, { recursive: true, force: true });
    }
    throw error;
  }
}

async function begin({ environment, python }: Wish, watch: Watch): Promise<void> {
  await rm(environment, { recursive: true, force: true });
  await mkdir(path.dirname(environment), { recursive: true });
  await run(python, ["-I", "-m", "venv", environment], watch);
}

async function fill(
  { environment, wheel, withEngine, torchIndex }: Wish,
  watch: Watch,
): Promise<void> {
  const python = path.join(
    environment,
    ...(IS_WINDOWS ? ["Scripts", "python.exe"] : ["bin", "python"]),
  );
  const pip = [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar",
    "off",
  ];
  if (withEngine && torchIndex !== "") {
    // Without what torch needs: such an index has it in few versions, pip's own in all.
    await run(python, [...pip, "--no-deps", "--index-url", torchIndex, "torch"], watch);
  }
  const extra = withEngine ? "[engine]" : "";
  await run(python, [...pip, `diffgem-lsp${extra} @ ${pathToFileURL(wheel).href}`], watch);
}
