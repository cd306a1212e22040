import * as vscode from "vscode";
import type { Snooze } from "../status/snooze";
import type { Languages } from "./languages";
import { flagOf, switchesOf, textOf } from "./reading";
import { type Given, snoozed, type Wire, wireOf } from "./wire";

export const SECTION = "diffgem";

/** The user's settings under `diffgem`. */
export class Settings implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.ConfigurationChangeEvent | undefined>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  /** With the event of the settings; without one where only the snooze has changed. */
  readonly onDidChange = this.changed.event;

  /** `names` are those of the server's options. */
  constructor(
    private readonly names: readonly string[],
    private readonly snooze: Snooze,
  ) {
    const watch = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SECTION)) {
        this.changed.fire(event);
      }
    });
    this.disposables.push(
      watch,
      snooze.onDidChange(() => this.changed.fire(undefined)),
    );
  }

  /** What the server is to be told. */
  wire(): Wire {
    const wire = wireOf(this.names, given);
    return this.snooze.active ? snoozed(wire) : wire;
  }

  /** One that the extension reads itself; of another type it counts as not set. */
  text(name: string): string {
    return textOf(read(name));
  }

  flag(name: string, fallback: boolean): boolean {
    return flagOf(read(name), fallback);
  }

  switches(name: string): Languages {
    return switchesOf(read(name));
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }
}

function read(name: string): unknown {
  return vscode.workspace.getConfiguration(SECTION).get(name);
}

function given(name: string): Given {
  const section = vscode.workspace.getConfiguration(SECTION);
  const found = section.inspect(name);
  const isSet =
    found?.globalValue !== undefined ||
    found?.workspaceValue !== undefined ||
    found?.workspaceFolderValue !== undefined;
  return { value: section.get(name), isSet };
}
