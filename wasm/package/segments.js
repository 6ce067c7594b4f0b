// Runs in the workers that share a file: each codes segments of it, as pages that are counted from the
// segment's own beginning.
import { concat } from './arrays.js';
import { Decoder } from './decoder.js';
import { Encoder, streamWriter } from './encoder.js';
import { check } from './errors.js';
import { internals } from './internals.js';
import { packetsOf } from './outline.js';

export class SegmentEncoder {
  #core;
  #encoder;
  #writer;
  #packetBytes;

  constructor(model, { quality, channels, coding }) {
    this.#core = model[internals]().core;
    this.#encoder = new Encoder(model, { framing: 'packets', quality, channels });
    this.#writer = streamWriter(model, { quality, channels, coding });
    this.#packetBytes = model[internals]().handle.packetBytes(quality);
  }

  /**
   * The pages of a segment, without the first `skip` packets that the PCM makes. `samples` is the
   * length of the whole file, where the segment ends it; of the others only whole pages come out.
   */
  encode(channelData, skip, samples) {
    this.#encoder.reset();
    const made = [this.#encoder.encode(channelData)];
    if (samples !== undefined) made.push(this.#encoder.flush());
    const packets = concat(made).subarray(skip * this.#packetBytes);
    const writer = this.#writer;
    writer.reset();
    writer.input(packets.length).set(packets);
    check(this.#core, writer.write());
    const pages = [writer.bytes().slice()];
    if (samples !== undefined) {
      check(this.#core, writer.finish(samples));
      pages.push(writer.bytes().slice());
    }
    return concat(pages);
  }
}

export class SegmentDecoder {
  #core;
  #handle;
  #decoder;
  #packetBytes;

  constructor(model, { quality, channels, precision }) {
    ({ core: this.#core, handle: this.#handle } = model[internals]());
    this.#decoder = new Decoder(model, { framing: 'packets', quality, channels, precision });
    this.#packetBytes = this.#handle.packetBytes(quality);
  }

  /**
   * The sound of packets [begin, end) of a stream, as if nothing were before them; and behind it what
   * `more` packets would give that are lost.
   */
  decode(stream, begin, end, more) {
    const packets = packetsOf(this.#core, stream, this.#handle);
    this.#decoder.reset();
    const audio = this.#decoder.decode(
      packets.subarray(begin * this.#packetBytes, end * this.#packetBytes),
    );
    if (more === 0) return audio;
    const behind = this.#decoder.conceal(more);
    const channelData = audio.channelData.map((plane, c) =>
      concat([plane, behind.channelData[c]], Float32Array),
    );
    return { ...audio, channelData, samplesDecoded: channelData[0].length };
  }
}
