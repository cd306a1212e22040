/** Work that the user waits for, with a button that ends it.  The library's own has that hidden. */

import * as vscode from "vscode";
import type {
  Middleware,
  ProgressToken,
  WorkDoneProgressBegin,
  WorkDoneProgressReport,
} from "vscode-languageclient/node";

import type { Parts } from "../parts";

const PATIENCE_MS = 700; // shorter work is not worth a window
type Handle = NonNullable<Middleware["handleWorkDoneProgress"]>;
type Shown = vscode.Progress<{ message?: string; increment?: number }>;

/** Of one client. */
export function progressMiddleware(parts: Parts): Handle {
  const works = new Map<ProgressToken, Work>();
  return (token, params, next) => {
    switch (params.kind) {
      case "begin":
        works.set(token, new Work(params, () => cancel(parts, token)));
        return;
      case "report":
        works.get(token)?.report(params);
        return;
      case "end":
        works.get(token)?.end();
        works.delete(token);
        next(token, params);
    }
  };
}

function cancel(parts: Parts, token: ProgressToken): void {
  void parts.client()?.sendNotification("window/workDoneProgress/cancel", { token });
}

class Work {
  private readonly timer = setTimeout(() => this.show(), PATIENCE_MS);
  private readonly ended: Promise<void>;
  private shown: Shown | undefined;
  private percentage = 0;
  end: () => void = () => undefined;

  constructor(
    private readonly begun: WorkDoneProgressBegin,
    private readonly cancel: () => void,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = () => {
        clearTimeout(this.timer);
        resolve();
      };
    });
  }

  report({ message, percentage = this.percentage }: WorkDoneProgressReport): void {
    this.shown?.report({ message, increment: percentage - this.percentage });
    this.percentage = percentage;
  }

  private show(): void {
    const { title, cancellable } = this.begun;
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable };
    void vscode.window.withProgress(options, (shown, token) => {
      this.shown = shown;
      shown.report({ increment: this.percentage });
      token.onCancellationRequested(this.cancel);
      return this.ended;
    });
  }
}
