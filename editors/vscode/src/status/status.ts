/** As `$/diffgem/status` has it; `missing` and `stopped` are our own, of a server that is not there. */
export interface Status {
  readonly state:
    "starting" | "idle" | "busy" | "quiet" | "off" | "lost" | "failed" | "missing" | "stopped";
  readonly message: string;
  readonly reason?: string;
  readonly uri?: string;
  readonly model?: string;
  readonly progress?: number;
  readonly retryInS?: number;
  readonly latencyMs?: number;
  readonly ahead?: number;
}

export const STARTING: Status = { state: "starting", message: "the language server starts" };
