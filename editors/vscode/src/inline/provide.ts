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
type Question = Parameters<
  vscode.InlineCompletionItemProvider["provideInlineCompletionItems"]
>;
type Provide = NonNullable<Middleware["provideInlineCompletionItems"]>;

/** The library's own way shows every error in a window; who types must never see one. */
export function middleware(parts: Parts): Middleware {
  const provide: Provide = async (document, position, given, token) => {
    const context = parts.again.meant(given);
    const isAutomatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
    if (isAutomatic && parts.offered.hasMade(document)) {
      return undefined;
    }
    const { version } = document;
    const found = await answer(parts, document, position, context, token);
    const any = found !== undefined && found.items.length > 0;
    if (found !== undefined && document.version === version) {
      parts.ghost.answered(document, position, any);
      if (isAutomatic) {
        parts.again.answered(document, position, any);
      }
    }
    return found;
  };
  return { provideInlineCompletionItems: provide };
}

/** Without any where the server could not be asked; undefined where the question is no more. */
async function answer(
  parts: Parts,
  ...[document, position, context, token]: Question
): Promise<vscode.InlineCompletionList | undefined> {
  const [client, none] = [parts.client(), new vscode.InlineCompletionList([])];
  try {
    return client ? await asked(client, document, position, context, token) : none;
  } catch (error) {
    parts.log.debug(`no ghost text: ${String(error)}`);
    return token.isCancellationRequested ? undefined : none;
  }
}

/** None where the question was superseded: what is shown stays. */
async function asked(
  client: LanguageClient,
  ...[document, position, context, token]: Question
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
