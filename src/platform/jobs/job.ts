export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Does one job. A rejection has it tried again, later and later, for about three days. */
export type Work = (payload: JsonObject) => Promise<void>;
