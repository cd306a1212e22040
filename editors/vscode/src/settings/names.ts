import type { Extension } from "vscode";

interface Section {
  readonly id?: string;
  readonly properties: Record<string, unknown>;
}

/** The section of the manifest that `scripts/settings/vscode.py` writes. */
const OPTIONS = "options";
const PREFIX = "diffgem.";

/** The server's options, by their names on the wire. */
export function optionNames(extension: Extension<unknown>): string[] {
  const sections = extension.packageJSON.contributes.configuration as Section[];
  const properties = sections.find(({ id }) => id === OPTIONS)?.properties ?? {};
  return Object.keys(properties).map((name) => name.slice(PREFIX.length));
}
