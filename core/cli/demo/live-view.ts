const barColumns = 30;

export interface AirportDay {
  readonly airport: string;
  readonly flights: number;
  readonly lateShare: number;
}

export interface LiveState {
  readonly share: number;
  readonly watermark: string;
  readonly rows: number;
  readonly lateRows: number;
  readonly busiest: readonly AirportDay[];
}

/** A few lines on the terminal that are drawn again in place. */
export class LiveView {
  #lines = 0;

  draw(state: LiveState): void {
    const most = Math.max(1, ...state.busiest.map(airport => airport.flights));
    const width = (process.stdout.columns ?? 80) - 1;
    const lines = [
      `    ${bar(state.share, 40)} ${`${Math.round(state.share * 100)}`.padStart(3)} %`,
      `    watermark ${state.watermark}   ${state.rows.toLocaleString('en').padStart(9)} rows   ${state.lateRows.toLocaleString('en')} late rows dropped`,
      ...state.busiest.map(
        airport =>
          `    ${airport.airport}  ${bar(airport.flights / most, barColumns)} ${String(airport.flights).padStart(5)} flights, ${Math.round(airport.lateShare * 100)} % late`,
      ),
    ];
    const up = this.#lines > 0 ? `\u001b[${this.#lines}A` : '';
    process.stdout.write(up + lines.map(line => `\u001b[2K${line.slice(0, width)}\n`).join(''));
    this.#lines = lines.length;
  }
}

function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8);
  const full = '█'.repeat(Math.floor(eighths / 8));
  const rest = eighths % 8 === 0 ? '' : ' ▏▎▍▌▋▊▉'[eighths % 8]!;
  return (full + rest).padEnd(columns, '·');
}
