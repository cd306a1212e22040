import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { say } from "../actions/saying";
import { sayFailed, sayNoServer } from "../actions/telling";
import type { Parts } from "../parts";
import { selects } from "../server/selector";
import { type Explanation, pageOf } from "./page";

const SCHEME = "diffgem-explain";

/** A page with all that would be sent for the cursor's place, and why. */
export function register(parts: Parts): vscode.Disposable {
  const pages = new Pages();
  return vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, pages),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => pages.forget(uri)),
    vscode.commands.registerCommand("diffgem.explainHere", () => explainHere(parts, pages)),
  );
}

class Pages implements vscode.TextDocumentContentProvider {
  private readonly texts = new Map<string, string>();
  private count = 0;

  add(name: string, text: string): vscode.Uri {
    this.count += 1; // VS Code keeps the content of a URI
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: String(this.count) });
    this.texts.set(uri.toString(), text);
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "";
  }

  forget(uri: vscode.Uri): void {
    this.texts.delete(uri.toString());
  }
}

async function explainHere(parts: Parts, pages: Pages): Promise<void> {
  const [client, editor] = [parts.client(), vscode.window.activeTextEditor];
  if (client === undefined) {
    sayNoServer(parts);
  } else if (editor === undefined || !selects(editor.document)) {
    say("put the cursor into a file: what is sent depends on the place");
  } else {
    try {
      await show(pages, editor, await explained(client, editor));
    } catch (error) {
      sayFailed(parts, error);
    }
  }
}

function explained(client: LanguageClient, editor: vscode.TextEditor): Promise<Explanation> {
  const { code2ProtocolConverter: wire } = client;
  const position = wire.asPosition(editor.selection.active);
  const told = [wire.asUri(editor.document.uri), position];
  const params = { command: "diffgem.explain", arguments: told };
  return client.sendRequest<Explanation>("workspace/executeCommand", params);
}

async function show(pages: Pages, editor: vscode.TextEditor, found: Explanation): Promise<void> {
  const { document, selection } = editor;
  const { line, character } = selection.active;
  const name = path.basename(document.uri.path);
  const place = `${name}, line ${line + 1}, column ${character + 1}`;
  const uri = pages.add(`${name}:${line + 1}.md`, pageOf(found, place, document.languageId));
  try {
    await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
  } catch {
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside }); // its extension is off
  }
}
