/** What the server answers with, as far as this extension looks into it. */

import type * as vscode from "vscode";
import type { LanguageClient, WorkspaceEdit } from "vscode-languageclient/node";

import { MOVED_ON } from "./names";

const CONTENT_MODIFIED = -32801; // LSP's error codes
const CANCELLED = [-32800, -32802];

/** An edit of one document, in one version of it. */
export interface Rewriting {
  readonly document: vscode.TextDocument;
  readonly version: number;
  readonly edits: readonly vscode.TextEdit[];
  /** It replaces code of the user's, who is to see it before. */
  readonly needsConfirmation: boolean;
}

/** None of a document that has moved on, or of anything but one document. */
export async function rewritingOf(
  client: LanguageClient,
  edit: WorkspaceEdit,
  documents: readonly vscode.TextDocument[],
): Promise<Rewriting | undefined> {
  const [change, ...others] = edit.documentChanges ?? [];
  if (change === undefined || !("edits" in change) || others.length > 0) {
    return undefined;
  }
  const { uri, version: asked } = change.textDocument;
  const document = documents.find((each) => client.code2ProtocolConverter.asUri(each.uri) === uri);
  if (document === undefined || (asked !== null && asked !== document.version)) {
    return undefined;
  }
  const { version } = document; // as of now: what follows takes its time
  const plain = change.edits.map((each) => ({
    range: each.range,
    newText: "newText" in each ? each.newText : each.snippet.value,
  }));
  return {
    document,
    version,
    edits: await client.protocol2CodeConverter.asTextEdits(plain),
    needsConfirmation: confirms(edit),
  };
}

/** Whether its edits are for a text that is gone; a document that was closed is now `present`. */
export function isStale({ document, version }: Rewriting, present = document): boolean {
  return document.version !== version || present.getText() !== document.getText();
}

function confirms({ changeAnnotations }: WorkspaceEdit): boolean {
  return Object.values(changeAnnotations ?? {}).some((each) => each.needsConfirmation === true);
}

/** What the user is to hear of a request that failed; undefined where the user ended it. */
export function reasonOf(error: unknown): string | undefined {
  const { code, message } = error as { code?: number; message?: string };
  if (code !== undefined && CANCELLED.includes(code)) {
    return undefined;
  }
  if (code === CONTENT_MODIFIED) {
    return MOVED_ON;
  }
  return message ?? String(error);
}
