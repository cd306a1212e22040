/** A rewriting beside what stands there now, before it is applied: VS Code's own diff editor. */

import * as vscode from "vscode";

import { MOVED_ON } from "./names";
import { say } from "./saying";
import { edited } from "./texts";
import { isStale, type Rewriting } from "./wire";

export const SCHEME = "diffgem-preview";
const SHOWN = "diffgem.previewing"; // context key

interface Open {
  readonly rewriting: Rewriting;
  readonly proposed: vscode.Uri;
  readonly decide: (accepted: boolean) => void;
}

/** One at a time: another one, and any change of the document, discards it. */
export class Preview implements vscode.Disposable, vscode.TextDocumentContentProvider {
  private open: Open | undefined;
  private count = 0;
  private readonly subscriptions = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.workspace.onDidChangeTextDocument(({ document }) => this.changed(document)),
    vscode.window.tabGroups.onDidChangeTabs(({ closed }) => this.closed(closed)),
  );

  /** Whether the user has accepted it; the document may have changed since. */
  async show(title: string, rewriting: Rewriting): Promise<boolean> {
    await this.decide(false);
    if (isStale(rewriting)) {
      say(MOVED_ON);
      return false;
    }
    const { document } = rewriting;
    this.count += 1; // VS Code keeps the content of a URI
    const query = String(this.count);
    const proposed = document.uri.with({ scheme: SCHEME, query });
    const decision = new Promise<boolean>((decide) => {
      this.open = { rewriting, proposed, decide };
    });
    const name = `${title} — Ctrl+Enter accepts, Escape discards`;
    await vscode.commands.executeCommand("setContext", SHOWN, true);
    await vscode.commands.executeCommand("vscode.diff", document.uri, proposed, name);
    return decision;
  }

  async decide(accepted: boolean): Promise<void> {
    const { open } = this;
    this.open = undefined;
    if (open !== undefined) {
      await vscode.commands.executeCommand("setContext", SHOWN, false);
      await closeTab(open.proposed);
      open.decide(accepted);
    }
  }

  provideTextDocumentContent(): string {
    const { document, edits } = this.open?.rewriting ?? {};
    const offsets = (edits ?? []).map(({ range, newText }) => ({
      start: document?.offsetAt(range.start) ?? 0,
      end: document?.offsetAt(range.end) ?? 0,
      text: newText,
    }));
    return edited(document?.getText() ?? "", offsets);
  }

  dispose(): void {
    void this.decide(false);
    this.subscriptions.dispose();
  }

  private changed(document: vscode.TextDocument): void {
    const rewriting = this.open?.rewriting;
    if (rewriting?.document === document && isStale(rewriting)) {
      vscode.window.setStatusBarMessage("DiffGem: the document has changed: ask again", 6000);
      void this.decide(false);
    }
  }

  private closed(tabs: readonly vscode.Tab[]): void {
    const proposed = this.open?.proposed;
    if (proposed !== undefined && tabs.some((each) => shows(each, proposed))) {
      void this.decide(false);
    }
  }
}

function shows({ input }: vscode.Tab, proposed: vscode.Uri): boolean {
  const isDiff = input instanceof vscode.TabInputTextDiff;
  return isDiff && input.modified.toString() === proposed.toString();
}

async function closeTab(proposed: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  await vscode.window.tabGroups.close(tabs.filter((each) => shows(each, proposed)));
}
