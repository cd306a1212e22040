import { rm } from "node:fs/promises";
import { run, type Watch } from "./run";

/**
 * The engine ends and what the server kept is deleted, as `program` does it; then `folder` goes.
 * Raises Failed where the program could not, or what the file system says; the folder is there then.
 */
export async function removed(
  program: string | undefined,
  folder: string,
  watch: Watch,
): Promise<void> {
  if (program !== undefined) {
    await run(program, ["forget"], watch);
  }
  await rm(folder, { recursive: true, force: true });
}
