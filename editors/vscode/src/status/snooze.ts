import * as vscode from "vscode";

const KEY = "diffgem.snoozedUntil";
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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

  private wait(): void {
    clearTimeout(this.timer);
    const until = this.until;
    if (until instanceof Date) {
      const left = Math.min(until.getTime() - Date.now(), LONGEST_TIMER_MS);
      this.timer = setTimeout(() => this.changed.fire(), left);
    }
  }
}
