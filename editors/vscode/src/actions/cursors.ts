/** A text of its own for every cursor, by `diffgem/infillHoles`. */

import * as vscode from "vscode";
import type { LanguageClient, Range } from "vscode-languageclient/node";

import type { Parts } from "../parts";
import { MOVED_ON } from "./names";
import { closedTo, put } from "./putting";
import { say } from "./saying";
import { sayFailed, sayNoServer } from "./telling";

interface Item {
  readonly range: Range;
  readonly insertText: string;
  readonly reason?: string;
}

export async function fillHoles(parts: Parts): Promise<void> {
  const [client, editor] = [parts.client(), vscode.window.activeTextEditor];
  if (client === undefined) {
    sayNoServer(parts);
  } else if (editor === undefined) {
    say("open a file, and put a cursor wherever text is missing");
  } else {
    await filled(parts, client, editor);
  }
}

async function filled(
  parts: Parts,
  client: LanguageClient,
  editor: vscode.TextEditor,
): Promise<void> {
  const closed = closedTo(editor);
  if (closed !== undefined) {
    say(closed);
    return;
  }
  try {
    await fill(client, editor);
  } catch (error) {
    sayFailed(parts, error);
  }
}

/** All at once, as one step to undo. */
async function fill(client: LanguageClient, editor: vscode.TextEditor): Promise<void> {
  const { document, selections } = editor;
  const { version } = document;
  const wire = client.code2ProtocolConverter;
  const positions = selections.map((each) =>
    each.isEmpty ? wire.asPosition(each.active) : wire.asRange(each),
  );
  const params = { textDocument: { uri: wire.asUri(document.uri), version }, positions };
  const { items } = await client.sendRequest<{ items: Item[] }>("diffgem/infillHoles", params);
  if (document.version !== version) {
    say(MOVED_ON);
    return;
  }
  const edits = items
    .filter((each) => each.insertText !== "")
    .map((each) => client.protocol2CodeConverter.asTextEdit({ ...each, newText: each.insertText }));
  const refused = await put(editor, edits);
  if (refused !== undefined) {
    say(refused);
  }
  sayMissing(items.filter((each) => each.insertText === ""));
}

function sayMissing(items: readonly Item[]): void {
  const [first] = items;
  if (first !== undefined) {
    const lines = items.map((each) => each.range.start.line + 1).join(", ");
    say(`nothing for line ${lines}: ${first.reason ?? "nothing fits there"}`);
  }
}
