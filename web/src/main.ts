import { startPage } from './app/app';
import { startOffline } from './offline';
import { make, byId } from './ui/elements';

startPage();

startOffline(
  () => (byId('offline-words', HTMLElement).textContent = 'Ready to work offline.'),
  (apply) => {
    const button = make('button', { type: 'button', textContent: 'Reload' });
    button.addEventListener('click', apply);
    byId('update', HTMLElement).replaceChildren('There is a new version of this page. ', button);
  },
).catch((error: unknown) => console.warn('This page will not work offline:', error));
