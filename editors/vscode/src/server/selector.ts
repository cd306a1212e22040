import type { TextDocument } from "vscode";

const SCHEMES = ["file", "untitled"] as const;

/** Of documents that the server hears of. Whether it completes there it decides itself. */
export const SELECTOR = SCHEMES.map((scheme) => ({ scheme }));

export function selects(document: TextDocument): boolean {
  return SCHEMES.some((scheme) => scheme === document.uri.scheme);
}
