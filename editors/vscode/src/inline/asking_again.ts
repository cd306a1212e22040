/** When ghost text that is owed is asked for again, and who notices that it is owed. */

import * as vscode from "vscode";

import type { Parts } from "../parts";
import { SELECTOR } from "../server/selector";
import type { Status } from "../status/status";

const READY: readonly Status["state"][] = ["idle", "busy", "quiet"];
const { Automatic } = vscode.InlineCompletionTriggerKind;

export function register(parts: Parts): vscode.Disposable {
  let wasReady = false;
  const listening = parts.status.onDidChange(({ state }) => {
    const isReady = READY.includes(state);
    if (isReady && !wasReady) {
      void parts.again.ask();
    }
    wasReady = isReady;
  });
  return vscode.Disposable.from(listening, withoutClient(parts));
}

/** Where nobody would hear VS Code ask, this does. */
function withoutClient(parts: Parts): vscode.Disposable {
  const provider: vscode.InlineCompletionItemProvider = {
    provideInlineCompletionItems(document, position, { triggerKind }) {
      if (triggerKind === Automatic) {
        parts.again.answered(document, position, false);
      }
      return undefined;
    },
  };
  const selector = [...SELECTOR];
  const hear = () => vscode.languages.registerInlineCompletionItemProvider(selector, provider);
  let hearing: vscode.Disposable | undefined = hear();
  const clients = parts.onClient(() => {
    hearing?.dispose();
    return new vscode.Disposable(() => (hearing = hear()));
  });
  return vscode.Disposable.from(clients, new vscode.Disposable(() => hearing?.dispose()));
}
