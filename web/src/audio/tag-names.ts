// How the formats name what a stream names as Vorbis comments do, in small letters: as TagLib has it, by which
// the motet program reads and writes tags.

/** Text frames of ID3v2.4, and what of v2.3 became of them. */
const ID3_FRAMES: Readonly<Record<string, string>> = {
  TALB: 'album',
  TBPM: 'bpm',
  TCOM: 'composer',
  TCOP: 'copyright',
  TDOR: 'originaldate',
  TDRC: 'date',
  TDRL: 'releasedate',
  TEXT: 'lyricist',
  TIT1: 'work',
  TIT2: 'title',
  TIT3: 'subtitle',
  TKEY: 'initialkey',
  TLAN: 'language',
  TMED: 'media',
  TMOO: 'mood',
  TOAL: 'originalalbum',
  TOLY: 'originallyricist',
  TOPE: 'originalartist',
  TORY: 'originaldate',
  TPE1: 'artist',
  TPE2: 'albumartist',
  TPE3: 'conductor',
  TPE4: 'remixer',
  TPOS: 'discnumber',
  TPUB: 'label',
  TRCK: 'tracknumber',
  TSOA: 'albumsort',
  TSOC: 'composersort',
  TSOP: 'artistsort',
  TSOT: 'titlesort',
  TSRC: 'isrc',
  TSST: 'discsubtitle',
  TYER: 'date',
};

/** Of ID3's TXXX, whose names are free: what the taggers agree on. */
const ID3_FREE_NAMES: Readonly<Record<string, string>> = {
  'musicbrainz album id': 'musicbrainz_albumid',
  'musicbrainz artist id': 'musicbrainz_artistid',
  'musicbrainz album artist id': 'musicbrainz_albumartistid',
  'musicbrainz album release country': 'releasecountry',
  'musicbrainz album status': 'releasestatus',
  'musicbrainz album type': 'releasetype',
  'musicbrainz release group id': 'musicbrainz_releasegroupid',
  'musicbrainz release track id': 'musicbrainz_releasetrackid',
  'musicbrainz work id': 'musicbrainz_workid',
  'acoustid id': 'acoustid_id',
  'acoustid fingerprint': 'acoustid_fingerprint',
};

/** Of RIFF; ITRK is what other programs write for IPRT. */
const INFO_FIELDS: Readonly<Record<string, string>> = {
  INAM: 'title',
  IART: 'artist',
  IPRD: 'album',
  ICMT: 'comment',
  ICRD: 'date',
  IGNR: 'genre',
  IPRT: 'tracknumber',
  ITRK: 'tracknumber',
  ICOP: 'copyright',
};

/** Atoms of MP4 with text. */
const MP4_ATOMS: Readonly<Record<string, string>> = {
  '©nam': 'title',
  '©ART': 'artist',
  '©alb': 'album',
  '©cmt': 'comment',
  '©gen': 'genre',
  '©day': 'date',
  '©wrt': 'composer',
  '©grp': 'grouping',
  '©wrk': 'work',
  aART: 'albumartist',
  cprt: 'copyright',
  soal: 'albumsort',
  soar: 'artistsort',
  sonm: 'titlesort',
  soco: 'composersort',
};

/** These tell of the file and not of the music. */
const OF_THE_FILE = new Set([
  'encoder',
  'encoding',
  'encodedby',
  'encoder_options',
  'encodersettings',
  'encodingtime',
  'length',
  'waveformatextensible_channel_mask',
  'coverart',
]);

/** The name of a frame, field or atom; undefined for what is none of them. */
export function nameOfField(field: string): string | undefined {
  return ID3_FRAMES[field] ?? INFO_FIELDS[field] ?? MP4_ATOMS[field];
}

export function nameOfFreeText(description: string): string {
  const name = description.toLowerCase();
  return ID3_FREE_NAMES[name] ?? name;
}

export const isOfTheFile = (name: string): boolean => OF_THE_FILE.has(name);

/** The first field of INFO for a name. */
export function infoFieldOf(name: string): string | undefined {
  return Object.entries(INFO_FIELDS).find(([, each]) => each === name)?.[0];
}

/** The frame of ID3v2.4 for a name: TXXX where there is none of its own. */
export function id3FrameOf(name: string): string {
  if (name === 'genre') return 'TCON';
  if (name === 'comment') return 'COMM';
  if (name === 'lyrics') return 'USLT';
  return Object.entries(ID3_FRAMES).find(([, each]) => each === name)?.[0] ?? 'TXXX';
}
