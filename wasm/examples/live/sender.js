import { LiveEncoder } from 'motet/live';
import { computedAt } from './clock.js';
import { connectSender } from './connect.js';
import { pack } from './messages.js';

const FACTS_MS = 1000;

/**
 * Sends a file as it plays, until it ends; `settings.loss` is looked at for each message, and `show` told
 * what goes out.
 */
export async function send(model, file, settings, show) {
  const context = new AudioContext({ sampleRate: model.info.sampleRate });
  const source = context.createBufferSource();
  source.buffer = await context.decodeAudioData(await file.arrayBuffer());
  source.loop = true;
  const { packets, facts } = await connectSender();
  const sent = { messages: 0, lost: 0, bytes: 0, seconds: 0 };
  const { quality, together } = settings;
  let waiting = [];
  let told = -Infinity;
  const onPacket = (packet, number, time) => {
    // The same clock as the listener's tells it how late it is.
    if (performance.now() - told > FACTS_MS) {
      told = performance.now();
      facts.send(JSON.stringify({ number, at: computedAt(context, time), quality }));
    }
    waiting.push(packet);
    if (waiting.length < together) return;
    const message = pack(waiting, number - waiting.length + 1);
    waiting = [];
    ++sent.messages;
    sent.bytes += message.length;
    sent.seconds = ((number + 1) * model.info.packetSamples) / model.info.sampleRate;
    if (Math.random() * 100 < settings.loss) ++sent.lost;
    else packets.send(message);
    show(sent);
  };
  const encoder = await LiveEncoder.create(context, model, { quality, onPacket });
  source.connect(encoder.node);
  source.start();
}
