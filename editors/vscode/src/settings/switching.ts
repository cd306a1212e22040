import * as vscode from "vscode";
import type { Parts } from "../parts";
import { isOn, type Languages } from "./languages";
import { switchesOf } from "./reading";
import { SECTION } from "./settings";

/** Commands that change the settings. */
export function register({ settings }: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand("diffgem.toggle", () =>
      write("enabled", () => !settings.flag("enabled", true)),
    ),
    vscode.commands.registerCommand("diffgem.toggleLanguage", () =>
      toggleLanguage(settings.switches("languages")),
    ),
    vscode.commands.registerCommand("diffgem.openSettings", () =>
      vscode.commands.executeCommand("workbench.action.openSettings", "@ext:diffgem.diffgem"),
    ),
  );
}

async function toggleLanguage(languages: Languages): Promise<void> {
  const id = vscode.window.activeTextEditor?.document.languageId;
  if (id === undefined) {
    void vscode.window.showInformationMessage("DiffGem: open a file of the language to switch.");
    return;
  }
  const next = !isOn(languages, id);
  await write("languages", (before) => ({ ...switchesOf(before), [id]: next }));
}

/** Where the setting is made already: what is written for the user would not hold over a workspace's. */
async function write(name: string, changed: (before: unknown) => unknown): Promise<void> {
  const section = vscode.workspace.getConfiguration(SECTION);
  const found = section.inspect(name);
  const isWorkspaces = found?.workspaceValue !== undefined;
  const before = isWorkspaces ? found?.workspaceValue : found?.globalValue;
  await section.update(
    name,
    changed(before),
    isWorkspaces ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
  );
}
