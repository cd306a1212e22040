/** Ghost text on its way from the server to VS Code. */

import * as vscode from "vscode";
import type {
  InlineCompletionItem,
  InlineCompletionList,
  LanguageClient,
  Middleware,
} from "vscode-languageclient/node";

import type { Parts } from "../parts";

const METHOD = "textDocument/inlineCompletion";
type Reply = InlineCompletionList | InlineCompletionItem[] | null;
type Provide = NonNullable<Middleware["provideInlineCompletionItems"]>;

/** The library's own way shows every error in a window; who types must never see one. */
export function middleware(parts: Parts): Middleware {
  const provide: Provide = async (document, position, context, token) => {
    const client = parts.client();
    const isAutomatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
    if (client === undefined || (isAutomatic && parts.offered.hasMade(document))) {
      return undefined;
    }
    const { version } = document;
    try {
      const found = await asked(client, document, position, context, token);
      if (found !== undefined && document.version === version) {
        parts.ghost.answered(document, position, found.items.length > 0);
      }
      return found;
    } catch (error) {
      parts.log.debug(`no ghost text: ${String(error)}`);
      return undefined;
    }
  };
  return { provideInlineCompletionItems: provide };
}

/** None where the question was superseded: what is shown stays. */
async function asked(
  client: LanguageClient,
  ...[document, position, context, token]: Parameters<
    vscode.InlineCompletionItemProvider["provideInlineCompletionItems"]
  >
): Promise<vscode.InlineCompletionList | undefined> {
  const params = client.code2ProtocolConverter.asInlineCompletionParams(
    document,
    position,
    context,
  );
  const reply = await client.sendRequest<Reply>(METHOD, params, token);
  if (token.isCancellationRequested || reply === null) {
    return undefined;
  }
  const found = await client.protocol2CodeConverter.asInlineCompletionResult(reply, token);
  return Array.isArray(found) ? new vscode.InlineCompletionList(found) : (found ?? undefined);
}
