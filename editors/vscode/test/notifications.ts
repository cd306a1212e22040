// What VS Code tells its user in windows of its own. Under test it shows them in its list alone.
import * as vscode from "vscode";
import { texts } from "./page";
import { until } from "./until";

const MESSAGES = ".notifications-center .notification-list-item-message";
const { executeCommand } = vscode.commands;

export async function told(words: RegExp): Promise<string> {
  await executeCommand("notifications.showList");
  return until(`a message like ${words}`, async () => (await texts(MESSAGES)).find((each) => words.test(each)));
}

/** All there are, those included that were sent before this was called. */
export async function toldSoFar(): Promise<string[]> {
  const last = `the last of all, ${performance.now()}`;
  void vscode.window.showInformationMessage(last);
  await told(new RegExp(last));
  return texts(MESSAGES);
}

/** The list is hidden, and keeps in the page what it showed until it is shown again. */
export async function clearTold(): Promise<void> {
  await executeCommand("notifications.clearAll");
}
