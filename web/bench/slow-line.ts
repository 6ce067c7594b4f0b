// A line between a browser and a server, as slow as one wants: all that goes through it, of pages and workers
// alike, shares one rate, and arrives late.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Line {
  kbitPerSecond: number;
  /** From a request to the first byte of its answer, at least. */
  roundTripMs: number;
}

const PIECE = 1400; // bytes, about as many as a packet of the internet holds

const until = (time: number): Promise<void> =>
  new Promise((done) => setTimeout(done, time - performance.now()));

/** As fast as this machine. */
export const NO_LIMIT: Line = { kbitPerSecond: Infinity, roundTripMs: 0 };

/** One direction of a line, which all connections share. */
class Direction {
  #free = 0; // when all that is to be sent will have left

  constructor(private readonly line: () => Line) {}

  async carry(from: Socket, to: Socket): Promise<void> {
    let delivered = Promise.resolve();
    for await (const block of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < block.length; at += PIECE) {
        const piece = block.subarray(at, at + PIECE);
        const { kbitPerSecond, roundTripMs } = this.line();
        const leaves = Math.max(this.#free, performance.now()) + (piece.length * 8) / kbitPerSecond;
        this.#free = leaves;
        await until(leaves);
        delivered = delivered
          .then(() => until(leaves + roundTripMs / 2))
          .then(() => void (to.writable && to.write(piece)));
      }
    }
    await delivered;
    to.end();
  }
}

/** The server at `url` (HTTP, on this machine) as it is reached over a line that may be changed at any time. */
export class SlowLine {
  line = NO_LIMIT;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(private readonly behind: string) {
    const there = new Direction(() => this.line);
    const back = new Direction(() => this.line);
    const { hostname: host, port } = new URL(behind);
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (browser) => {
      const server = connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
      for (const socket of [browser, server]) this.#sockets.add(socket);
      const hangUp = (): void => {
        for (const socket of [browser, server]) {
          socket.destroy();
          this.#sockets.delete(socket);
        }
      };
      there.carry(browser, server).catch(hangUp);
      back.carry(server, browser).catch(hangUp);
    });
  }

  /** The address to reach it at. */
  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${new URL(this.behind).pathname}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
