/** `textDocument/copilotInlineEdit` and what goes with it, as the server speaks it. */

import type { CancellationToken, TextDocument } from "vscode";
import type { Command, LanguageClient, Position, Range } from "vscode-languageclient/node";

import { type NextEdit, type Offer, current } from "./offer";
import { range } from "./drawing";

export interface Asked {
  readonly document: TextDocument;
  readonly version: number;
  readonly position: Position;
  readonly byHand: boolean;
}

interface WireEdit {
  readonly text: string;
  readonly range: Range;
  readonly command?: Command;
}

const METHOD = "textDocument/copilotInlineEdit";
const BY_HAND = 1; // LSP's trigger kinds
const BY_ITSELF = 2;

/** None of a document that has moved on meanwhile. */
export async function nextEdits(
  client: LanguageClient,
  asked: Asked,
  token: CancellationToken,
): Promise<NextEdit[]> {
  const { document, version, position } = asked;
  const uri = client.code2ProtocolConverter.asUri(document.uri);
  const context = { triggerKind: asked.byHand ? BY_HAND : BY_ITSELF };
  const params = { textDocument: { uri, version }, position, context };
  const { edits } = await client.sendRequest<{ edits: WireEdit[] }>(METHOD, params, token);
  if (document.version !== version) {
    return [];
  }
  return edits.map((each) => ({ ...each, replaced: document.getText(range(each.range)) }));
}

export function tellShown(client: LanguageClient, offer: Offer): void {
  const { command } = current(offer);
  void client.sendNotification("textDocument/didShowInlineEdit", { item: { command } });
}

export function tellAccepted(client: LanguageClient, edit: NextEdit): void {
  if (edit.command !== undefined) {
    void client.sendRequest("workspace/executeCommand", edit.command);
  }
}

