import { Model } from 'motet';
import { modelUrl } from 'motet/model';
import { listen } from './listener.js';
import { send } from './sender.js';

const element = (id) => document.getElementById(id);
const say = (text) => (element('state').textContent = text);
const percent = (part, whole) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;

/** Names and values, side by side. */
function show(figures) {
  element('figures').replaceChildren(
    ...Object.entries(figures).flatMap(([name, value]) => {
      const [term, description] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = name;
      description.textContent = value;
      return [term, description];
    }),
  );
}

const model = Model.load(modelUrl);
model.then(
  (loaded) => {
    for (const option of element('quality').options) {
      const quality = Number(option.value);
      option.value = quality;
      option.textContent = `${quality}: ${loaded.bitrate(quality).toFixed(1)} kbit/s`;
    }
  },
  () => {}, // whoever uses the model says so
);
const settings = { loss: 10 };

function role(work) {
  element('listen').disabled = element('send').disabled = true;
  say('Waiting for the other tab.');
  work().catch((error) => say(`It failed: ${error.message}`));
}

element('loss').oninput = ({ target }) => {
  settings.loss = Number(target.value);
  element('loss-shown').textContent = target.value;
};
element('file').onchange = ({ target }) => {
  element('send').disabled = target.files.length === 0;
};

element('send').onclick = () =>
  role(async () => {
    settings.quality = Number(element('quality').value);
    settings.together = Number(element('together').value);
    await send(await model, element('file').files[0], settings, (sent) =>
      show({
        'bit rate': `${((sent.bytes * 8) / sent.seconds / 1000).toFixed(2)} kbit/s`,
        messages: sent.messages,
        'thrown away': percent(sent.lost, sent.messages),
      }),
    );
    say('Sending.');
  });

element('listen').onclick = () =>
  role(async () => {
    await listen(await model, ({ received, concealed, late, restarts, bufferMs, delay }) =>
      show({
        packets: received,
        concealed: percent(concealed, received + concealed),
        late,
        restarts,
        buffered: `${bufferMs.toFixed(0)} ms`,
        latency: delay === undefined ? '–' : `${delay.toFixed(0)} ms`,
      }),
    );
    say('Listening.');
  });
