import * as vscode from "vscode";
import type { Parts } from "../parts";
import { type Shown, shown } from "./text";

const COLORS = {
  none: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
};

/** The item of the status bar; a click opens the menu. */
export function register({ status, snooze }: Parts): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("diffgem", vscode.StatusBarAlignment.Right, 100);
  item.name = "DiffGem";
  item.command = "diffgem.menu";
  const show = (): void => {
    const { isTrusted } = vscode.workspace;
    draw(item, shown(status.now, { snoozedUntil: snooze.until, isTrusted }));
  };
  show();
  item.show();
  return vscode.Disposable.from(
    item,
    status.onDidChange(show),
    snooze.onDidChange(show),
    vscode.workspace.onDidGrantWorkspaceTrust(show),
  );
}

function draw(item: vscode.StatusBarItem, { icon, severity, lines }: Shown): void {
  item.text = `$(${icon}) DiffGem`;
  item.backgroundColor = COLORS[severity];
  item.tooltip = new vscode.MarkdownString();
  for (const line of lines) {
    item.tooltip.appendText(line).appendMarkdown("\n\n");
  }
  item.accessibilityInformation = { label: `DiffGem: ${lines.join(". ")}` };
}
