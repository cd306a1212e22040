/** Ghost text, next edits, code actions, and what is asked by hand: what the model writes. */

import type * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";

import * as actions from "./actions/feature";
import * as nextEdits from "./edits/feature";
import * as explain from "./explain/feature";
import * as inline from "./inline/feature";
import type { Parts } from "./parts";

export const SUGGESTIONS: readonly ((parts: Parts) => vscode.Disposable)[] = [
  inline.register,
  nextEdits.register,
  actions.register,
  explain.register,
];

export function suggestionsMiddleware(parts: Parts): Middleware {
  return { ...inline.middleware(parts), ...actions.middleware(parts) };
}
