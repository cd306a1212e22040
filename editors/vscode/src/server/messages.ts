import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { type Buttons, offer } from "./telling";

interface Message {
  readonly type: number;
  readonly message: string;
}

const SHOWN: Record<number, typeof vscode.window.showErrorMessage> = {
  1: vscode.window.showErrorMessage,
  2: vscode.window.showWarningMessage,
};
/** What the server says where pip would help; here the extension does it. */
const LACKS_ENGINE = "diffgem-lsp[engine]";

/** Messages of the server, with a button for what they ask for. */
export function showMessages(client: LanguageClient): vscode.Disposable {
  return client.onNotification("window/showMessage", ({ type, message }: Message) =>
    offer(SHOWN[type] ?? vscode.window.showInformationMessage, message, buttonsOf(message)),
  );
}

function buttonsOf(message: string): Buttons {
  const log: Buttons = { "Show Log": ["diffgem.showLog"] };
  return message.includes(LACKS_ENGINE) ? { "Install…": ["diffgem.install"], ...log } : log;
}
