// The language server as the extension has it.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { Parts } from "../src/parts";
import { until } from "./until";

const extension = vscode.extensions.getExtension<Parts>("diffgem.diffgem")!;

export function parts(): Parts {
  return extension.exports;
}

/** As VS Code does by itself, in its own time. */
export function activated(): Promise<unknown> {
  return until("the extension to be active", () => extension.isActive);
}

export function client(): Promise<LanguageClient> {
  return until("a server", () => parts().client());
}

export function state(wanted: string): Promise<unknown> {
  return until(`the status ${wanted}`, () => parts().status.now.state === wanted);
}

/** The document has this text, and the server believes so. */
export async function holds(document: vscode.TextDocument, text: string): Promise<void> {
  assert.equal(document.getText(), text);
  const connected = await client();
  const uri = connected.code2ProtocolConverter.asUri(document.uri);
  type Held = { text: string };
  const asked = { textDocument: { uri } };
  await until("the text to be at the server", async () => {
    const held: Held = await connected.sendRequest("diffgem/document", asked);
    return held.text === text;
  });
}

type Timing = { reused: boolean } & Record<"engineMs" | "pauseMs" | "totalMs", number>;

/** Where the time of the latest inline completion went. */
export async function lastAnswer(): Promise<Timing> {
  const { timings } = await (await client()).sendRequest<{ timings: Timing[] }>("diffgem/timings", {});
  return timings.at(-1)!;
}
