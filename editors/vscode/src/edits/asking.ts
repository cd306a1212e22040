/** When next edits are asked for: once the typing has settled, and for one text at a time. */

/** What is done `delayMs` after the latest `poke`, unless it was called off. */
export class Settling {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly delayMs: number,
    private readonly action: () => void,
  ) {}

  poke(): void {
    this.callOff();
    this.timer = setTimeout(this.action, this.delayMs);
  }

  callOff(): void {
    clearTimeout(this.timer);
  }
}

/** Suggestions that the user sent away, which do not come back by themselves. */
export class Dismissed {
  private readonly known = new Set<string>();

  add(uri: string, edit: { replaced: string; text: string }): void {
    this.known.add(keyOf(uri, edit));
  }

  has(uri: string, edit: { replaced: string; text: string }): boolean {
    return this.known.has(keyOf(uri, edit));
  }

  /** Asked by hand, they may come again. */
  forget(): void {
    this.known.clear();
  }
}

function keyOf(uri: string, edit: { replaced: string; text: string }): string {
  return JSON.stringify([uri, edit.replaced, edit.text]);
}
