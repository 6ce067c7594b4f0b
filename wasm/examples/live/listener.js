import { LiveDecoder } from 'motet/live';
import { heardAt } from './clock.js';
import { connectListener } from './connect.js';
import { Unpacker } from './messages.js';

const LOOK_MS = 250;

/** Plays what another tab sends, and tells `show` how it goes. */
export async function listen(model, show) {
  const context = new AudioContext({ sampleRate: model.info.sampleRate });
  const { packets, facts } = await connectListener();
  const unpacker = new Unpacker();
  const { packetSamples, sampleRate, latencyMs } = model.info;
  const packetMs = (packetSamples / sampleRate) * 1000;
  let decoder;
  let fact;
  facts.onmessage = async ({ data }) => {
    const first = fact === undefined;
    fact = JSON.parse(data);
    if (!first) return;
    decoder = await LiveDecoder.create(context, model, { quality: fact.quality });
    decoder.node.connect(context.destination);
    globalThis.decoder = decoder; // for whoever looks
  };
  packets.onmessage = ({ data }) => {
    if (!decoder) return; // what comes before is not heard
    for (const [packet, number] of unpacker.unpack(data, model.packetBytes(fact.quality)))
      decoder.write(packet, number);
  };
  setInterval(() => {
    if (!decoder) return;
    const { received, concealed, late, restarts, latency, sounding } = decoder;
    // What sounds was heard by the encoder so long before its packet as the codec looks ahead.
    const delay =
      sounding &&
      heardAt(context, sounding.time) -
        (fact.at + (sounding.number - fact.number) * packetMs) +
        (latencyMs - packetMs);
    show({ received, concealed, late, restarts, bufferMs: latency.bufferMs, delay });
  }, LOOK_MS);
}
