// The page: its cards, and which use case each of their buttons starts.
import { Output } from '../audio/output';
import { Activity } from '../ui/activity';
import { listenForFiles } from '../ui/drop-zone';
import { byId } from '../ui/elements';
import { EngineCard } from '../ui/engine-card';
import { ListenCard } from '../ui/listen-card';
import { MicrophoneCard } from '../ui/microphone-card';
import { PlayerCard } from '../ui/player-card';
import { QueueCard } from '../ui/queue-card';
import { ResultCard } from '../ui/result-card';
import { changeEngine, measureEngines } from './choose-engine';
import { changeOpus, comparePassageFrom } from './compare';
import { changeQuality, encode } from './encode';
import { Engines } from './engines';
import { listenForLaunches } from './launches';
import { hearLive, record } from './live';
import { openExample, openFile } from './open';
import { encodeQueue, openFiles } from './queue';
import { saveMotet, saveSound } from './save';
import { keepSettings, readSettings } from './settings';
import { type Cards, Workspace } from './workspace';

export function startPage(): void {
  readSettings(); // before anything looks at a control
  const output = new Output();
  const onProblem = (error: unknown): void => cards.activity.showProblem(error);
  const cards: Cards = {
    activity: new Activity((busy) => (cards.engine.busy = busy)),
    engine: new EngineCard(
      (id) => void changeEngine(work, id),
      () => measureEngines(work),
    ),
    result: new ResultCard({
      onQuality: (quality) => void changeQuality(work, quality),
      onEncode: (quality) => void encode(work, quality),
      onSaveMotet: () => saveMotet(work),
      onSaveSound: (format) => void saveSound(work, format),
    }),
    listen: new ListenCard(output, {
      onPassage: (from) => void comparePassageFrom(work, from),
      onOpus: () => void changeOpus(work),
      onProblem,
    }),
    player: new PlayerCard(output, onProblem),
    microphone: new MicrophoneCard(),
    queue: new QueueCard({
      onQuality: () => void encodeQueue(work),
      onZip: () => void import('./save-queue').then((queue) => queue.saveAsZip(work)),
      onFolder: () => void import('./save-queue').then((queue) => queue.saveIntoFolder(work)),
    }),
  };
  const work = new Workspace(cards, new Engines(() => cards.engine.chosen), output);

  const onFiles = (files: File[]): void =>
    void (files.length === 1 ? openFile(work, files[0]!) : openFiles(work, files));
  listenForFiles(onFiles);
  listenForLaunches(onFiles);
  const onClick = (id: string, action: () => Promise<void>): void =>
    byId(id, HTMLButtonElement).addEventListener('click', () => void action());
  onClick('example', () => openExample(work));
  onClick('record', () => record(work));
  onClick('live', () => hearLive(work));
  addEventListener('beforeunload', (event) => {
    if (!work.wouldLose) return;
    event.preventDefault();
    event.returnValue = true; // for Chrome before 119
  });

  keepSettings();
  work.engines.prepare();
}
