/** How the phases that write to many rows go about it. */
export interface BackfillOptions {
  /** Whether the application's triggers may fire where they cannot be silenced. Default: no, and nothing is begun. */
  fireTriggers?: boolean;
  /** How much WAL the server may write meanwhile, whoever has it written, in MB a second. Default: 256. */
  maxWalRate?: number;
}
