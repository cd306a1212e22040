import * as vscode from "vscode";
import type { Command, Middleware } from "vscode-languageclient/node";

import type { Parts } from "../parts";
import { applyHere, editAsked, resolved } from "./answering";
import { fillHoles } from "./cursors";
import { APPLY } from "./names";
import { progressMiddleware } from "./progress";
import { rewriteSelection } from "./rewrite";
import type { Rewriting } from "./wire";

/** Code actions, and the edits that are asked for by commands. */
export function register(parts: Parts): vscode.Disposable {
  const { registerCommand } = vscode.commands;
  return vscode.Disposable.from(
    registerCommand(APPLY, (title: string, rewriting: Rewriting, told?: Command) =>
      applyHere(parts, title, rewriting, told),
    ),
    registerCommand("diffgem.acceptPreview", () => parts.preview.decide(true)),
    registerCommand("diffgem.discardPreview", () => parts.preview.decide(false)),
    registerCommand("diffgem.fillHoles", () => fillHoles(parts)),
    registerCommand("diffgem.rewriteSelection", () => rewriteSelection(parts)),
  );
}

export function middleware(parts: Parts): Middleware {
  return {
    handleWorkDoneProgress: progressMiddleware(parts),
    resolveCodeAction: (item, token) => resolved(parts, item, token),
    workspace: { handleApplyEdit: (params, next) => editAsked(parts, params, next) },
  };
}
