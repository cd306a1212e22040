import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { type Complaint, complaintsOf, Heard } from "../settings/complaints";
import type { Settings } from "../settings/settings";
import { type Buttons, offer, openSetting } from "./telling";

interface Message {
  readonly type: number;
  readonly message: string;
}

const SHOWN: Record<number, typeof vscode.window.showErrorMessage> = {
  1: vscode.window.showErrorMessage,
  2: vscode.window.showWarningMessage,
};
/** What the server says where pip would help; here the extension does it. */
const LACKS_ENGINE = "the engine is not installed";

/** Messages of the server, with a button for what they ask for; of all servers of this window. */
export class Messages implements vscode.Disposable {
  private readonly heard = new Heard();
  private readonly watch: vscode.Disposable;

  constructor(settings: Settings) {
    this.watch = settings.onDidChange((event) => {
      if (event !== undefined) {
        this.heard.forget((setting) => event.affectsConfiguration(setting));
      }
    });
  }

  /** To be called before the client starts: its server has something to say at once. */
  show(client: LanguageClient): void {
    client.onNotification("window/showMessage", (message: Message) => this.tell(message));
  }

  dispose(): void {
    this.watch.dispose();
  }

  private tell({ type, message }: Message): void {
    const complaints = complaintsOf(message);
    if (complaints.length === 0) {
      offer(SHOWN[type] ?? vscode.window.showInformationMessage, message, buttonsOf(message));
    }
    complaints.filter((each) => this.heard.isNew(each)).forEach(complain);
  }
}

function complain({ setting, text }: Complaint): void {
  offer(vscode.window.showWarningMessage, text, openSetting(setting));
}

function buttonsOf(message: string): Buttons {
  const log: Buttons = { "Show Log": ["diffgem.showLog"] };
  return message.includes(LACKS_ENGINE) ? { "Install…": ["diffgem.install"], ...log } : log;
}
