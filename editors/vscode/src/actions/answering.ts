/** Edits that the server has written, resolved or pushed: checked, shown where it must be, applied. */

import * as vscode from "vscode";
import type {
  ApplyWorkspaceEditParams,
  ApplyWorkspaceEditRequest,
  ApplyWorkspaceEditResult,
  CodeAction,
  Command,
} from "vscode-languageclient/node";

import type { Parts } from "../parts";
import { applied } from "./applying";
import { APPLY, DISCARDED, MOVED_ON } from "./names";
import { say } from "./saying";
import { sayFailed, sayNoServer } from "./telling";
import { type Rewriting, rewritingOf } from "./wire";

type Next = ApplyWorkspaceEditRequest.HandlerSignature;

/** Without an edit where none came; the user has heard why. */
export async function resolved(
  parts: Parts,
  item: vscode.CodeAction,
  token: vscode.CancellationToken,
): Promise<vscode.CodeAction> {
  const client = parts.client();
  if (client === undefined) {
    sayNoServer(parts);
    return item;
  }
  try {
    const params = client.code2ProtocolConverter.asCodeActionSync(item);
    const action = await client.sendRequest<CodeAction>("codeAction/resolve", params, token);
    return token.isCancellationRequested ? item : await generated(parts, item, action);
  } catch (error) {
    sayFailed(parts, error);
    return item;
  }
}

async function generated(
  parts: Parts,
  item: vscode.CodeAction,
  { edit, command }: CodeAction,
): Promise<vscode.CodeAction> {
  const client = parts.client();
  const { textDocuments } = vscode.workspace;
  const rewriting = client && edit && (await rewritingOf(client, edit, textDocuments));
  if (rewriting === undefined) {
    say(MOVED_ON);
    return item;
  }
  const done = new vscode.CodeAction(item.title, item.kind);
  const told = [item.title, rewriting, command];
  done.command = { title: item.title, command: APPLY, arguments: told };
  return done;
}

/** What a resolved code action does; the server hears of it once it is in the document. */
export async function applyHere(
  parts: Parts,
  title: string,
  rewriting: Rewriting,
  told: Command | undefined,
): Promise<void> {
  if ((await applied(parts.preview, title, rewriting)) && told !== undefined) {
    await parts.client()?.sendRequest("workspace/executeCommand", told);
  }
}

/** `workspace/applyEdit`, of commands such as `diffgem.rewrite`. */
export async function editAsked(
  parts: Parts,
  params: ApplyWorkspaceEditParams,
  next: Next,
): Promise<ApplyWorkspaceEditResult> {
  const client = parts.client();
  const { textDocuments } = vscode.workspace;
  const rewriting = client && (await rewritingOf(client, params.edit, textDocuments));
  if (rewriting === undefined) {
    const { token } = new vscode.CancellationTokenSource();
    return next(params, token) as Promise<ApplyWorkspaceEditResult>;
  }
  const done = await applied(parts.preview, params.label ?? "DiffGem", rewriting);
  return done ? { applied: true } : { applied: false, failureReason: DISCARDED };
}
