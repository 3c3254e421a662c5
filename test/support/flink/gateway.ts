import { setTimeout as sleep } from 'node:timers/promises';

export interface FlinkType {
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly elementType?: FlinkType;
  readonly keyType?: FlinkType;
  readonly valueType?: FlinkType;
  readonly fields?: readonly { readonly name: string; readonly fieldType: FlinkType }[];
}
export interface FlinkColumn extends FlinkType {
  readonly name: string;
}
/** A type as the gateway writes it. */
export interface LogicalType {
  readonly type: string;
  readonly nullable?: boolean;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly fractionalPrecision?: number;
  readonly resolution?: string;
  readonly elementType?: LogicalType;
  readonly keyType?: LogicalType;
  readonly valueType?: LogicalType;
  readonly fields?: readonly { readonly name: string; readonly fieldType: LogicalType }[];
}
export interface FlinkResult {
  readonly columns: readonly (FlinkColumn & LogicalType)[];
  readonly rows: readonly (readonly unknown[])[];
  /** INSERT, UPDATE_BEFORE, UPDATE_AFTER or DELETE, per row. */
  readonly kinds: readonly string[];
  readonly jobId: string | undefined;
}

interface Page {
  readonly resultType: 'NOT_READY' | 'PAYLOAD' | 'EOS';
  readonly jobID?: string;
  readonly nextResultUri?: string;
  readonly results?: {
    readonly columns?: { name: string; logicalType: { type: string; precision?: number; scale?: number } & LogicalType }[];
    readonly data?: { kind: string; fields: unknown[] }[];
  };
}

/** A session at a Flink SQL gateway (REST v3). Source: Flink docs, "SQL Gateway / REST Endpoint". */
export class FlinkSession {
  readonly #base: string;
  readonly #handle: string;

  private constructor(base: string, handle: string) {
    this.#base = base;
    this.#handle = handle;
  }

  static async open(port: number, properties: Record<string, string> = {}): Promise<FlinkSession> {
    const base = `http://127.0.0.1:${port}`;
    const opened = (await request(base, 'POST', '/v3/sessions', { sessionName: 'tidemill', properties })) as {
      sessionHandle: string;
    };
    return new FlinkSession(base, opened.sessionHandle);
  }

  /**
   * Runs one statement and reads all its rows. BIGINT beyond 2^53 comes back as a string (`"#n"` raw digits); as PLAIN_TEXT every value
   * is the text of its CAST to STRING, or null.
   */
  async run(sql: string, rowFormat: 'JSON' | 'PLAIN_TEXT' = 'JSON'): Promise<FlinkResult> {
    const submitted = (await request(this.#base, 'POST', `/v3/sessions/${this.#handle}/statements`, { statement: sql })) as {
      operationHandle: string;
    };
    const operation = `/v3/sessions/${this.#handle}/operations/${submitted.operationHandle}`;
    let url: string | undefined = `${operation}/result/0?rowFormat=${rowFormat}`;
    let columns: FlinkResult['columns'] = [];
    let jobId: string | undefined;
    const rows: unknown[][] = [];
    const kinds: string[] = [];
    let waitMs = 5;
    while (url !== undefined) {
      const page = (await request(this.#base, 'GET', url.startsWith('/v') ? url : `/v3${url}`, undefined, rowFormat)) as Page;
      const before = rows.length;
      if (page.resultType !== 'NOT_READY') {
        jobId = page.jobID ?? jobId;
        if (page.results?.columns) columns = page.results.columns.map(column => ({ name: column.name, ...column.logicalType }));
        for (const row of page.results?.data ?? []) {
          rows.push(row.fields);
          kinds.push(row.kind);
        }
        if (page.resultType === 'EOS') break;
      }
      if (rows.length === before) {
        await sleep(waitMs);
        waitMs = Math.min(waitMs * 1.5, 50);
      }
      url = page.nextResultUri;
    }
    await request(this.#base, 'DELETE', `${operation}/close`).catch(() => undefined);
    return { columns, rows, kinds, jobId };
  }

  async close(): Promise<void> {
    await request(this.#base, 'DELETE', `/v3/sessions/${this.#handle}`);
  }
}

/** Folds a changelog into the bag of rows that stands at its end, as sorted JSON texts. */
export function flinkRows(result: FlinkResult): string[] {
  const counts = new Map<string, number>();
  result.rows.forEach((row, index) => {
    const key = JSON.stringify(row);
    const kind = result.kinds[index];
    counts.set(key, (counts.get(key) ?? 0) + (kind === 'UPDATE_BEFORE' || kind === 'DELETE' ? -1 : 1));
  });
  return [...counts].flatMap(([key, count]) => Array.from({ length: count }, () => key)).sort();
}

async function request(base: string, method: string, path: string, body?: unknown, rowFormat = 'JSON'): Promise<unknown> {
  const response = await fetch(base + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new FlinkError(errorTextOf(text));
  if (text === '') return {};
  if (rowFormat === 'PLAIN_TEXT') return JSON.parse(text);
  return JSON.parse(text.replace(/([:[,]\s*)(-?\d{16,})(?=[\s,\]}])/g, '$1"$2"'));
}

function errorTextOf(text: string): string {
  try {
    return (JSON.parse(text) as { errors: string[] }).errors.join('\n');
  } catch {
    return text;
  }
}

/** What Flink said about a statement it refused or that failed. */
export class FlinkError extends Error {
  /** The innermost `Caused by`, which is what tells a user most. */
  get rootCause(): string {
    const causes = [...this.message.matchAll(/^Caused by: (.*)$/gm)];
    return causes.at(-1)?.[1] ?? this.message.split('\n')[0]!;
  }
}
