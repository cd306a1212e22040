import * as vscode from "vscode";

const KEY = "diffgem.snoozedUntil";
const CONTEXT = "diffgem.snoozed"; // the palette offers to end what there is

/** Quiet until a time, in this window: ghost text comes only when it is asked for. */
export class Snooze implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private timer: NodeJS.Timeout | undefined;
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {
    this.wait();
  }

  /** When it ends; `"stopped"`: when the user says so; undefined: it is not on. */
  get until(): Date | "stopped" | undefined {
    const kept = this.memory.get<number | "stopped">(KEY);
    if (kept === undefined || kept === "stopped") {
      return kept;
    }
    return kept > Date.now() ? new Date(kept) : undefined;
  }

  get active(): boolean {
    return this.until !== undefined;
  }

  /** Without `minutes` until it is ended. */
  async begin(minutes?: number): Promise<void> {
    await this.keep(minutes === undefined ? "stopped" : Date.now() + minutes * 60_000);
  }

  async end(): Promise<void> {
    await this.keep(undefined);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
  }

  private async keep(until: number | "stopped" | undefined): Promise<void> {
    await this.memory.update(KEY, until);
    this.wait();
    this.changed.fire();
  }

  /** For its end, if it has one. */
  private wait(): void {
    clearTimeout(this.timer);
    const until = this.until;
    void vscode.commands.executeCommand("setContext", CONTEXT, until !== undefined);
    if (until instanceof Date) {
      this.timer = setTimeout(() => void this.end(), until.getTime() - Date.now());
    }
  }
}
