// Tags of music files as those of a stream, and back into FLAC and WAV: no page needed. What the motet program
// does with them is in docs/AUDIO_FILES.md.
import { expect, test } from '@playwright/test';
import { packPicture, PICTURE, unpackPicture } from '../src/audio/picture';
import { flacTagBlocks, wavTagChunks } from '../src/audio/tag-chunks';
import { type Tags, tagsOf } from '../src/audio/tags';
import { wavHeader } from './sound';

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** ID3v2.3. */
function id3(frames: ReadonlyArray<readonly [string, Buffer]>): Buffer {
  const body = Buffer.concat(
    frames.flatMap(([id, data]) => [Buffer.from(id), number(data.length), Buffer.alloc(2), data]),
  );
  const size = [21, 14, 7, 0].map((shift) => (body.length >> shift) & 127);
  return Buffer.concat([Buffer.from('ID3\u0003\0\0', 'latin1'), Buffer.from(size), body]);
}
const latin1 = (text: string): Buffer => Buffer.from(`\0${text}`, 'latin1');
const utf16 = (text: string): Buffer =>
  Buffer.concat([Buffer.of(1), Buffer.from(`\ufeff${text}`, 'utf16le')]);

/** Silence: frames of MPEG-1 layer III, 128 kbit/s at 44.1 kHz. */
const mp3 = (tag: Buffer): Blob =>
  new Blob([
    new Uint8Array(tag),
    ...Array.from({ length: 10 }, () =>
      new Uint8Array(417).fill(0).map((_, i) => [0xff, 0xfb, 0x90, 0xc4][i] ?? 0),
    ),
  ]);

function flac(tags: Tags): Blob {
  const info = new Uint8Array(42);
  info.set(Buffer.from('fLaC'));
  info.set([0, 0, 0, 34, 16, 0, 16, 0], 4);
  info.set([0x0a, 0xc4, 0x42, 0xf0, 0, 0, 0, 0], 18); // 44.1 kHz, stereo, 16 bits
  return new Blob([info, flacTagBlocks(tags, 'a vendor')]);
}

function wav(chunks: Uint8Array): Blob {
  const header = wavHeader(8, 2, 44100);
  header.writeUInt32LE(36 + 8 + chunks.length, 4);
  return new Blob([
    new Uint8Array(header.subarray(0, 36)),
    new Uint8Array(chunks),
    new Uint8Array(header.subarray(36)),
    new Uint8Array(8),
  ]);
}

const sorted = (tags: Tags): string[] => tags.map(([key, value]) => `${key}=${value}`).sort();

const TEXTS: Tags = [
  ['title', 'Frère Jacques 🎵'],
  ['artist', 'Ensemble'],
  ['artist', 'Orchestra'],
  ['album', 'Songs'],
  ['tracknumber', '3/12'],
  ['date', '1998-05-17'],
  ['genre', 'Folk'],
  ['comment', 'As it was sung.'],
  ['composer', 'Traditional'],
  ['isrc', 'USRC17607839'],
  ['replaygain_track_gain', '-7.30 dB'],
  ['a name of its own', 'a value'],
];
const PICTURE_TAG: Tags[number] = [
  PICTURE,
  packPicture({
    type: 3,
    mimeType: 'image/png',
    description: 'Deckel',
    data: Uint8Array.from({ length: 1000 }, (_, i) => i & 255),
  }),
];

test('a picture comes back as it was; what is none is told', () => {
  const picture = unpackPicture(PICTURE_TAG[1])!;
  expect({ ...picture, data: picture.data.length }).toEqual({
    type: 3,
    mimeType: 'image/png',
    description: 'Deckel',
    data: 1000,
  });
  for (const bad of ['', 'no base64!', btoa('short'), PICTURE_TAG[1].slice(0, 40)]) {
    expect(unpackPicture(bad), bad).toBeUndefined();
  }
});

test('what is written into FLAC is read from it again', async () => {
  const { tags, notes } = await tagsOf(flac([...TEXTS, PICTURE_TAG]));
  expect(sorted(tags)).toEqual(sorted([...TEXTS, PICTURE_TAG]));
  expect(notes).toEqual([]);
});

test('what is written into WAV is read from it again: INFO, and ID3 for the rest', async () => {
  const simple: Tags = [
    ['title', 'Frère Jacques'],
    ['album', 'Songs'],
  ];
  const info = wavTagChunks(simple);
  expect(Buffer.from(info).includes('id3 '), 'INFO is enough').toBe(false);
  expect(sorted((await tagsOf(wav(info))).tags)).toEqual(sorted(simple));

  const chunks = wavTagChunks([...TEXTS, PICTURE_TAG]);
  expect(Buffer.from(chunks).includes('id3 ')).toBe(true);
  const { tags } = await tagsOf(wav(chunks));
  // Of several values of one frame, this reader takes the first.
  const expected = [...TEXTS, PICTURE_TAG].filter(([, value]) => value !== 'Orchestra');
  expect(sorted(tags)).toEqual(sorted(expected));
});

test('nothing is written where there are no tags', () => {
  expect(wavTagChunks([])).toHaveLength(0);
});

test('frames of ID3 become names of Vorbis comments', async () => {
  const tag = id3([
    ['TIT2', utf16('Übung')],
    ['TPE1', latin1('Ensemble')],
    ['TRCK', latin1('3/12')],
    ['TYER', latin1('1998')],
    ['TCON', latin1('(80)')],
    ['TSSE', latin1('an encoder')],
    ['TCOM', latin1('Nobody')],
    ['TXXX', latin1('REPLAYGAIN_TRACK_GAIN\0-7.30 dB')],
    ['TXXX', latin1('MusicBrainz Album Id\0f5093c06')],
    ['COMM', Buffer.from('\0eng\0As it was sung.', 'latin1')],
    ['PRIV', Buffer.from('owner\0bytes')],
    ['APIC', Buffer.from('\0image/png\0\u0003Deckel\0picture', 'latin1')],
  ]);
  const { tags, notes } = await tagsOf(mp3(tag));
  const picture = tags.find(([key]) => key === PICTURE)!;
  expect(sorted(tags.filter((each) => each !== picture))).toEqual(
    sorted([
      ['title', 'Übung'],
      ['artist', 'Ensemble'],
      ['tracknumber', '3/12'],
      ['date', '1998'],
      ['genre', 'Folk'],
      ['composer', 'Nobody'],
      ['replaygain_track_gain', '-7.30 dB'],
      ['musicbrainz_albumid', 'f5093c06'],
      ['comment', 'As it was sung.'],
    ]),
  );
  const { type, mimeType, description, data } = unpackPicture(picture[1])!;
  expect([type, mimeType, description, Buffer.from(data).toString()]).toEqual([
    3,
    'image/png',
    'Deckel',
    'picture',
  ]);
  expect(notes).toEqual([]);
});

test('a picture or a text that is too large is left out, and a sentence says so', async () => {
  const data = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(size).fill(1);
  const picture = (size: number): Tags[number] => [
    PICTURE,
    packPicture({ type: 3, mimeType: 'image/png', description: '', data: data(size) }),
  ];
  const { tags, notes } = await tagsOf(
    flac([['title', 'Song'], ['lyrics', 'x'.repeat(65537)], picture(65536), picture(65537)]),
  );
  expect(tags.map(([key]) => key)).toEqual(['title', PICTURE]);
  expect(notes).toEqual([
    "A tag 'lyrics' of 65,537 bytes was left out: the most is 65,536.",
    'A picture of 65,537 bytes was left out: the most is 65,536 bytes.',
  ]);
});

test('what tells of the file and not of the music stays behind; Opus’s gain becomes ReplayGain’s', async () => {
  const { tags } = await tagsOf(
    flac([
      ['encoder', 'Lavf'],
      ['r128_track_gain', '-1280'],
      ['description', 'As it was sung.'],
    ]),
  );
  expect(sorted(tags)).toEqual(['comment=As it was sung.', 'replaygain_track_gain=0.00 dB']);
});

test('what is no music has no tags', async () => {
  expect(await tagsOf(new Blob(['A letter.']))).toEqual({ tags: [], notes: [] });
});
