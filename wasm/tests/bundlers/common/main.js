import { roundTrip } from './round-trip.js';

roundTrip().then(
  (result) => (window.result = result),
  (error) => (window.failure = `${error?.stack ?? error}`),
);
