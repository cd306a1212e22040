/** The next edits that are offered now: asked for when the typing settles, gone when it goes on. */

import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";

import { MOVED_ON } from "../actions/names";
import { put } from "../actions/putting";
import { say } from "../actions/saying";
import type { Parts } from "../parts";
import { selects } from "../server/selector";
import { Dismissed, Settling } from "./asking";
import { range } from "./drawing";
import type { Offered } from "./offered";
import { type NextEdit, type Offer, current, offerOf, taken, turned } from "./offer";
import { nextEdits, tellAccepted, type Asked } from "./wire";

const SETTLED_MS = 250;

export class Offering implements vscode.Disposable {
  private readonly offered: Offered;
  private readonly settling = new Settling(SETTLED_MS, () => void this.ask(false));
  private readonly dismissed = new Dismissed();
  private asking: vscode.CancellationTokenSource | undefined;
  private applying = false;
  private readonly subscriptions: vscode.Disposable;

  constructor(private readonly parts: Parts) {
    this.offered = parts.offered;
    this.subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
      vscode.workspace.onDidSaveTextDocument((document) => this.saved(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.closed(document)),
    );
  }

  /** Of the active editor.  Answers whether there is any. */
  async ask(byHand: boolean): Promise<boolean> {
    const [client, asked] = [this.parts.client(), askedNow(byHand)];
    this.callOff();
    if (!client?.isRunning() || asked === undefined) {
      return false;
    }
    try {
      await this.look(client, asked);
    } catch (error) {
      this.parts.log.debug(`no next edits: ${String(error)}`);
    }
    return this.offered.of(asked.document) !== undefined;
  }

  turn(steps: number): void {
    const { now } = this.offered;
    this.offered.hold(now && turned(now, steps));
  }

  dismiss(): void {
    const { now } = this.offered;
    now?.edits.forEach((each) => this.dismissed.add(now.uri, each));
    this.drop();
  }

  /** Applies the current edit, as one step to undo.  The rest of the offer stays. */
  async take(editor: vscode.TextEditor, offer: Offer): Promise<void> {
    const [edit, client, { document }] = [current(offer), this.parts.client(), editor];
    const refused = await this.apply(editor, edit);
    const done = refused === undefined;
    const alone = done && document.version === offer.version + 1;
    this.offered.hold(alone ? taken(offer, document.version) : undefined);
    if (done && client !== undefined) {
      tellAccepted(client, edit);
    } else if (refused !== undefined && refused !== MOVED_ON) {
      say(refused); // who types on sees what became of it
    }
    if (this.offered.now === undefined) {
      this.settling.poke();
    }
  }

  dispose(): void {
    this.callOff();
    this.subscriptions.dispose();
  }

  private async look(client: LanguageClient, asked: Asked): Promise<void> {
    const uri = asked.document.uri.toString();
    const asking = new vscode.CancellationTokenSource();
    this.asking = asking;
    if (asked.byHand) {
      this.dismissed.forget(uri);
    }
    const found = await nextEdits(client, asked, asking.token);
    if (!asking.token.isCancellationRequested) {
      const wanted = found.filter((each) => !this.dismissed.has(uri, each));
      this.offered.hold(offerOf(uri, asked.version, wanted));
    }
  }

  /** Why it was not, if so. */
  private async apply(editor: vscode.TextEditor, edit: NextEdit): Promise<string | undefined> {
    this.applying = true;
    try {
      return await put(editor, [new vscode.TextEdit(range(edit.range), edit.text)]);
    } finally {
      this.applying = false;
    }
  }

  private edited({ document, contentChanges, reason }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || !isActive(document)) {
      return;
    }
    if (this.applying) {
      this.offered.applied(document);
      return;
    }
    this.drop();
    if (reason === undefined) {
      this.settling.poke(); // what is undone is not wanted
    }
  }

  /** What was typed in one go is an edit of its own from then on, and names follow it. */
  private saved(document: vscode.TextDocument): void {
    if (isActive(document) && this.offered.of(document) === undefined) {
      this.settling.poke();
    }
  }

  private closed(document: vscode.TextDocument): void {
    const uri = document.uri.toString();
    this.dismissed.forget(uri);
    if (this.offered.now?.uri === uri) {
      this.drop();
    }
  }

  private drop(): void {
    this.callOff();
    this.offered.hold(undefined);
  }

  private callOff(): void {
    this.settling.callOff();
    this.asking?.cancel();
  }
}

/** None where there is no file with one cursor. */
function askedNow(byHand: boolean): Asked | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || !selects(editor.document) || editor.selections.length > 1) {
    return undefined;
  }
  const { document, selection } = editor;
  return { document, version: document.version, position: selection.active, byHand };
}

function isActive(document: vscode.TextDocument): boolean {
  return vscode.window.activeTextEditor?.document === document;
}
