import type * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import * as focus from "./server/focus";
import type { Parts } from "./parts";
import * as switching from "./settings/switching";
import * as bar from "./status/bar";
import * as menu from "./status/menu";
import { SUGGESTIONS, suggestionsMiddleware } from "./suggestions";
import * as welcome from "./welcome";

type Feature = (parts: Parts) => vscode.Disposable;

/** Everything that users see beside the status; each is registered once, at the activation. */
export const FEATURES: readonly Feature[] = [
  bar.register,
  menu.register,
  switching.register,
  focus.register,
  welcome.register,
  ...SUGGESTIONS,
];

/** What features change of the client's own providers. */
export function middleware(parts: Parts): Middleware {
  return suggestionsMiddleware(parts);
}
