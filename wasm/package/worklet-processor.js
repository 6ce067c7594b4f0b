// Runs on the audio thread, and moves samples there and nothing else.

/** Plays what comes through its port: {pcm}, {end}, {pause}, {close}, {seek}; tells {played, underrun, seek}. */
class MotetPlayer extends AudioWorkletProcessor {
  constructor(options) {
    super();
    const {
      startFrames = 0,
      limitFrames = Infinity,
      reportFrames = 2048,
    } = options.processorOptions;
    this.startFrames = startFrames; // so many before sound begins, and after an underrun
    this.limitFrames = limitFrames; // live: more than that is skipped, so that latency stays
    this.reportFrames = reportFrames;
    this.queue = []; // of {pcm, at}
    this.queued = 0; // frames
    this.played = 0; // frames, skipped ones included
    this.reported = 0;
    this.seek = 0; // number of the last one: what is told belongs to it
    this.waiting = true;
    this.paused = false;
    this.ended = false;
    this.closed = false;
    this.port.onmessage = ({ data }) => {
      if (data.pcm) {
        this.queue.push({ pcm: data.pcm, at: 0 });
        this.queued += data.pcm[0].length;
      } else if (data.seek) {
        this.queue = [];
        this.queued = this.played = this.reported = 0;
        this.waiting = true;
        this.seek = data.seek;
      } else if (data.end) this.ended = true;
      else if (data.close) this.closed = true;
      else this.paused = data.pause;
    };
  }

  /** Takes up to `count` frames off the queue, into `out` from frame `at` on if there is one. */
  take(count, out, at) {
    let done = 0;
    while (done < count && this.queue.length > 0) {
      const head = this.queue[0];
      const left = head.pcm[0].length - head.at;
      const now = Math.min(left, count - done);
      // Mono sounds from both sides.
      out?.forEach((plane, c) => {
        const source = head.pcm[Math.min(c, head.pcm.length - 1)];
        plane.set(source.subarray(head.at, head.at + now), at + done);
      });
      head.at += now;
      done += now;
      if (now === left) this.queue.shift();
    }
    this.queued -= done;
    this.played += done;
    return done;
  }

  tell(more) {
    this.port.postMessage({ played: this.played, seek: this.seek, ...more });
  }

  process(_inputs, [out]) {
    if (this.closed) return false;
    const wanted = out[0].length;
    if (this.waiting && (this.queued >= this.startFrames || this.ended)) this.waiting = false;
    if (!this.paused && !this.waiting) {
      if (this.queued > this.limitFrames) this.take(this.queued - this.startFrames, undefined, 0);
      const got = this.take(wanted, out, 0);
      if (got < wanted && this.ended) {
        this.tell({ finished: true });
        return false;
      }
      if (got < wanted) {
        this.waiting = true;
        this.tell({ underrun: true });
      }
    }
    if (this.played - this.reported >= this.reportFrames) {
      this.reported = this.played;
      this.tell({});
    }
    return true;
  }
}

/** Sends what it hears through its port, in blocks of `blockFrames` for two channels. */
class MotetRecorder extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.blockFrames = options.processorOptions.blockFrames;
    this.closed = false;
    this.port.onmessage = () => (this.closed = true);
    this.clear();
  }

  clear() {
    this.pcm = [new Float32Array(this.blockFrames), new Float32Array(this.blockFrames)];
    this.count = 0;
  }

  process([input]) {
    if (this.closed) return false;
    const frames = input[0]?.length ?? 0;
    for (let at = 0; at < frames;) {
      const now = Math.min(frames - at, this.blockFrames - this.count);
      this.pcm.forEach((plane, c) => {
        const source = input[Math.min(c, input.length - 1)];
        plane.set(source.subarray(at, at + now), this.count);
      });
      at += now;
      this.count += now;
      if (this.count === this.blockFrames) {
        this.port.postMessage(
          this.pcm,
          this.pcm.map((plane) => plane.buffer),
        );
        this.clear();
      }
    }
    return true;
  }
}

registerProcessor('motet-player', MotetPlayer);
registerProcessor('motet-recorder', MotetRecorder);
