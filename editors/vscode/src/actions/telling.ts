import type { Parts } from "../parts";
import { say } from "./saying";
import { reasonOf } from "./wire";

/** Where it failed, and nobody ended it. */
export function sayFailed(parts: Parts, error: unknown): void {
  const reason = reasonOf(error);
  parts.log.info(`an edit that was asked for: ${reason ?? "cancelled"}`);
  if (reason !== undefined) {
    say(reason);
  }
}

/** Why nothing can be asked for now, in the words of the status. */
export function sayNoServer(parts: Parts): void {
  say(`${parts.status.now.message}. Its menu in the status bar has what to do.`);
}
