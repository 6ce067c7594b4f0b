'use client';

import { useEffect } from 'react';
import { roundTrip } from '../round-trip.js';

export default function Page() {
  useEffect(() => {
    roundTrip().then(
      (result) => (window.result = result),
      (error) => (window.failure = `${error?.stack ?? error}`),
    );
  }, []);
  return <h1>A project that uses Motet</h1>;
}
