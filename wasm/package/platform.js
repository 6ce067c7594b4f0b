// What differs between browsers and Node: workers, files, and how to yield to the event loop. Browsers need nothing
// said; the entry points for Node (node/) put theirs in its place. So a page without a bundler can
// import this package as it lies there.
import * as browser from './platform-browser.js';

export let platform = browser;

export function usePlatform(other) {
  platform = other;
}
