import type * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import * as nextEdits from "./edits/feature";
import { inlineMiddleware } from "./inline/middleware";
import * as focus from "./server/focus";
import type { Parts } from "./parts";

type Feature = (parts: Parts) => vscode.Disposable;

/** Everything that users see beside the status; each is registered once, at the activation. */
export const FEATURES: readonly Feature[] = [focus.register, nextEdits.register];

/** What features change of the client's own providers. */
export function middleware(parts: Parts): Middleware {
  return { ...inlineMiddleware(parts) };
}
