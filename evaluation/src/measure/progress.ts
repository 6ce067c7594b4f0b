// A line on standard error that says how far a long job is.

export class Progress {
  private readonly begun = Date.now();
  private done = 0;
  private shown = 0;

  constructor(
    private readonly what: string,
    private readonly total: number,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {}

  step(): void {
    ++this.done;
    const now = Date.now();
    // Not a terminal: a line now and then.
    const pause = this.stream.isTTY ? 100 : 20_000;
    if (this.done < this.total && now - this.shown < pause) return;
    this.shown = now;
    const seconds = (now - this.begun) / 1000;
    const left = (seconds / this.done) * (this.total - this.done);
    const width = 24;
    const full = Math.round((width * this.done) / this.total);
    const bar = '█'.repeat(full) + '░'.repeat(width - full);
    const line = `${this.what} ${bar} ${this.done}/${this.total}, ${duration(left)} left`;
    this.stream.write(this.stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  end(): void {
    if (this.stream.isTTY) this.stream.write('\r\x1b[K');
  }
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
