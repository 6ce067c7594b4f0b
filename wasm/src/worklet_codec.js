// The codec in the audio thread, behind the core's glue, which the build puts in front of this file: an
// audio worklet is handed one script, and bundlers leave it as it is.
/* global createMotetCore, sampleRate */

const PACKET = 1024; // samples per channel
const QUANTUM = 128; // frames of a call of process()
const REPORT_FRAMES = 2048;
const MAX_CONCEALED = 8; // packets in a row: then sound waits for the network
const MAX_LATE = 12; // packets in a row: then all of them would be
const MAX_AHEAD = 10; // packets beyond the buffer: what is more is skipped at once
const WATCHED = 86; // packets, two seconds: of what nobody needed all the time, the rest is skipped

/** A processor with a codec of its own, `made` by a core and its model; failures go to the page. */
class CodecProcessor extends AudioWorkletProcessor {
  constructor({ module, bytes }, make) {
    super();
    this.closed = false;
    this.codec = undefined;
    const instance = {
      instantiateWasm(imports, done) {
        done(new WebAssembly.Instance(module, imports));
        return {};
      },
    };
    createMotetCore(instance).then((core) => {
      this.core = core;
      const buffer = new core.ByteBuffer(bytes.length);
      buffer.view().set(bytes);
      const model = core.Model.fromBytes(buffer);
      buffer.delete();
      this.codec = this.check(model && make(core, model));
      this.port.postMessage({ ready: this.codec !== null });
    });
  }

  /** The result of a call into the core; if it is a fault, the page hears of it, and all is over. */
  check(result) {
    if (result !== null && !(result < 0)) return result;
    this.port.postMessage({ error: this.core.takeError() });
    this.closed = true;
    return null;
  }
}

/** Encodes what it hears: packets go out through the port. */
class MotetLiveEncoder extends CodecProcessor {
  constructor({ processorOptions: options }) {
    const { quality, channels } = options;
    super(options, (core, model) => core.Encoder.create(model, quality, channels));
    this.channels = channels;
    this.pcm = Array.from({ length: channels }, () => new Float32Array(PACKET));
    this.count = 0; // frames in it
    this.frame = 0; // of the context, at which it begins
    this.number = 0; // of the next packet
    this.port.onmessage = () => (this.closed = true);
  }

  process([input]) {
    if (this.closed) {
      this.codec?.delete();
      return false;
    }
    if (!this.codec) return true;
    if (this.count === 0) this.frame = currentFrame;
    this.pcm.forEach((plane, c) => {
      const heard = input[Math.min(c, input.length - 1)];
      if (this.channels === 1 && input.length === 2) {
        for (let i = 0; i < QUANTUM; ++i) plane[this.count + i] = (heard[i] + input[1][i]) / 2;
      } else if (heard) plane.set(heard, this.count);
      else plane.fill(0, this.count, this.count + QUANTUM);
    });
    this.count += QUANTUM;
    if (this.count === PACKET) this.encode();
    return true;
  }

  encode() {
    this.count = 0;
    this.codec.reserve(PACKET);
    this.pcm.forEach((plane, c) => this.codec.input(c, PACKET).set(plane));
    if (!this.check(this.codec.encode(PACKET))) return;
    const packet = this.codec.bytes().slice();
    this.port.postMessage({ packet, number: this.number++, frame: this.frame }, [packet.buffer]);
  }
}

/** Plays packets that come through the port, in the order of their numbers; conceals the others. */
class MotetLiveDecoder extends CodecProcessor {
  constructor({ processorOptions: options }) {
    const { quality, channels } = options;
    super(options, (core, model) => core.Decoder.create(model, quality, channels, false));
    this.channels = channels;
    this.target = options.bufferPackets; // that wait when sound begins
    this.packets = new Map(); // number -> bytes
    this.pcm = undefined; // of the packet that sounds
    this.at = PACKET; // frame of it that comes next
    this.waiting = true;
    this.done = -1; // packets before it have sounded
    this.concealedInARow = this.lateInARow = 0;
    this.sinceReport = 0;
    this.counts = { received: 0, concealed: 0, late: 0, skipped: 0, restarts: 0 };
    this.port.onmessage = ({ data }) => {
      if (data.packet) this.take(data);
      else this.closed = true;
    };
  }

  /** Forgets what waits: sound goes on with packet `number`, once enough are there. */
  restart(number) {
    this.packets.clear();
    this.waiting = true;
    this.next = this.highest = number;
    this.concealedInARow = this.lateInARow = 0;
    this.watch();
  }

  watch() {
    this.watched = 0;
    this.lowest = Infinity; // packets that were ahead
  }

  take({ packet, number }) {
    ++this.counts.received;
    if (this.next === undefined) this.restart(number);
    else if (this.waiting && this.packets.size === 0 && number > this.highest) this.restart(number);
    // The first that comes need not be the first of those that are to sound.
    if (this.waiting && number < this.next && number >= this.done && this.next - number < MAX_AHEAD)
      this.next = number;
    if (number < this.next) {
      ++this.counts.late;
      if (++this.lateInARow < MAX_LATE) return;
      this.done = -1;
      this.restart(number);
      ++this.counts.restarts;
    }
    this.lateInARow = 0;
    this.packets.set(number, packet);
    this.highest = Math.max(this.highest, number);
  }

  /** Packets from the next on, with those that are missing between. */
  get ahead() {
    return this.next === undefined ? 0 : this.highest - this.next + 1;
  }

  process(_inputs, [out]) {
    if (this.closed) {
      this.codec?.delete();
      return false;
    }
    if (!this.codec) return true;
    if (this.waiting && this.packets.size > 0 && this.ahead >= this.target) this.waiting = false;
    if (this.at === PACKET && !this.waiting) this.decode();
    if (this.at < PACKET) {
      out.forEach((plane, c) => {
        const source = this.pcm[Math.min(c, this.channels - 1)];
        plane.set(source.subarray(this.at, this.at + QUANTUM));
      });
      this.at += QUANTUM;
    }
    this.sinceReport += QUANTUM;
    if (this.sinceReport >= REPORT_FRAMES) this.report();
    return !this.closed;
  }

  decode() {
    this.lowest = Math.min(this.lowest, this.ahead);
    let most = this.target + MAX_AHEAD;
    if (++this.watched === WATCHED) {
      // Sound that waits longer than the network makes it is only late.
      most = Math.min(most, this.ahead - Math.max(0, this.lowest - this.target));
      this.watch();
    }
    while (this.ahead > most) {
      this.packets.delete(this.next++);
      ++this.counts.skipped;
    }
    const packet = this.packets.get(this.next);
    if (packet) {
      this.concealedInARow = 0;
      this.codec.input(packet.length).set(packet);
      if (this.check(this.codec.decode()) === null) return;
    } else if (this.concealedInARow < MAX_CONCEALED || this.packets.size > 0) {
      ++this.concealedInARow;
      ++this.counts.concealed;
      if (this.check(this.codec.conceal(1)) === null) return;
    } else {
      this.waiting = true;
      ++this.counts.restarts;
      return;
    }
    this.packets.delete(this.next++);
    this.done = this.next;
    this.pcm = Array.from({ length: this.channels }, (_, c) => this.codec.pcm(c, PACKET).slice());
    this.at = 0;
  }

  report() {
    this.sinceReport = 0;
    const buffered = this.waiting ? 0 : Math.max(0, this.ahead) * PACKET + (PACKET - this.at);
    // The packet whose first sample sounds, or sounded, at this frame of the context.
    const sounding = this.pcm && { number: this.next - 1, frame: currentFrame + QUANTUM - this.at };
    this.port.postMessage({ ...this.counts, buffered, sounding });
  }
}

registerProcessor('motet-live-encoder', MotetLiveEncoder);
registerProcessor('motet-live-decoder', MotetLiveDecoder);
