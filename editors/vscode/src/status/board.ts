import * as vscode from "vscode";
import { STARTING, type Status } from "./status";

/** The status as it is now: the server's while one runs, else what became of it. */
export class StatusBoard implements vscode.Disposable {
  private current: Status = STARTING;
  private readonly changed = new vscode.EventEmitter<Status>();
  readonly onDidChange = this.changed.event;

  get now(): Status {
    return this.current;
  }

  set(status: Status): void {
    this.current = status;
    this.changed.fire(status);
  }

  dispose(): void {
    this.changed.dispose();
  }
}
