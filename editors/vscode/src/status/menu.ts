import * as vscode from "vscode";
import type { Parts } from "../parts";
import { isOn as isLanguageOn } from "../settings/languages";
import { type Entry, groups } from "./entries";

type Item = vscode.QuickPickItem & Partial<Pick<Entry, "command">>;

const SEPARATOR: Item = { label: "", kind: vscode.QuickPickItemKind.Separator };

/** What a click on the status opens. */
export function register(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand("diffgem.menu", () => open(parts)),
    vscode.commands.registerCommand("diffgem.snooze", () => chooseSnooze(parts)),
    vscode.commands.registerCommand("diffgem.wake", () => parts.snooze.end()),
  );
}

async function open(parts: Parts): Promise<void> {
  const chosen = await vscode.window.showQuickPick(items(parts), { title: "DiffGem" });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

function items({ status, snooze, settings }: Parts): Item[] {
  const language = vscode.window.activeTextEditor?.document.languageId;
  const languages = settings.switches("languages");
  const present = {
    status: status.now,
    snoozedUntil: snooze.until,
    isTrusted: vscode.workspace.isTrusted,
    isOn: settings.flag("enabled", true),
    language,
    isLanguageOn: language === undefined || isLanguageOn(languages, language),
  };
  return groups(present).flatMap((group) => [SEPARATOR, ...group]);
}

async function chooseSnooze({ snooze }: Parts): Promise<void> {
  const lengths = [
    ...[5, 15, 60].map((minutes) => ({ label: `${minutes} minutes`, minutes })),
    { label: "Until I end it", minutes: undefined },
  ];
  const title = "Snooze: ghost text comes only when you ask for it";
  const chosen = await vscode.window.showQuickPick(lengths, { title });
  if (chosen !== undefined) {
    await snooze.begin(chosen.minutes);
  }
}
