import pg from 'pg';

/** `COPY … FROM stdin;`, then lines of data, then a line `\.` */
const COPY = /^(COPY [^;]* FROM stdin[^;]*;)\n([\s\S]*?)^\\\.$/gim;
/** What only psql understands: `\connect`, `\restrict`. */
const FOR_PSQL = /^\\(?!\.).*$/gm;

/** The messages by which pg sends what a COPY asks for. PostgreSQL manual, “COPY Operations”. */
interface CopyWire {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Runs a script in one session, as psql would. */
export async function loadScript(url: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const { sql, data } of piecesOf(script)) await (data === null ? client.query(sql) : copy(client, sql, data));
  } finally {
    await client.end();
  }
}

function piecesOf(script: string): { sql: string; data: string | null }[] {
  const pieces: { sql: string; data: string | null }[] = [];
  let end = 0;
  for (const match of script.matchAll(COPY)) {
    pieces.push({ sql: plain(script.slice(end, match.index)), data: null });
    pieces.push({ sql: match[1] ?? '', data: match[2] ?? '' });
    end = match.index + match[0].length;
  }
  return [...pieces, { sql: plain(script.slice(end)), data: null }];
}

const plain = (script: string): string => script.replace(FOR_PSQL, '');

function copy(client: pg.Client, sql: string, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = new pg.Query(sql, (error?: Error | null) => (error ? reject(error) : resolve()));
    const handleCopyInResponse = (wire: CopyWire) => {
      wire.sendCopyFromChunk(Buffer.from(data));
      wire.endCopyFrom();
    };
    client.query(Object.assign(query, { handleCopyInResponse }));
  });
}
