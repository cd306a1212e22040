export const MOST_RESTARTS = 4;
export const WITHIN_MS = 3 * 60_000;

/** Whether a server that ended by itself is started again: not the fifth time in three minutes. */
export class Restarts {
  private ends: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** To be asked once for each end. */
  isWorthwhile(): boolean {
    const now = this.now();
    this.ends = [...this.ends.filter((end) => now - end < WITHIN_MS), now];
    return this.ends.length <= MOST_RESTARTS;
  }

  /** The user wants to try again. */
  forget(): void {
    this.ends = [];
  }
}
