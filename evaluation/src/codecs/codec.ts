// What the evaluation knows of a codec at one setting.

/** A codec at one setting: a point of its curve. */
export interface Codec {
  /** A name for files: "opus-12". */
  id: string;
  /** What the settings of one curve share: "Opus", "Motet fifteenth". */
  series: string;
  /** Of the setting in the curve: "12 kbit/s", "quality 6". */
  setting: string;
  /** Of coded files, without a dot. */
  extension: string;
  /** Changes with whatever could change the results: versions, model, setting. */
  identity: string;
  /** What a reader of the report must know. */
  note?: string;
  /** A setting of Motet: which model, which quality. */
  motet?: { model: string; quality: number };
  encode(original: string, coded: string): Promise<unknown>;
  /** Writes a WAV file at 44.1 kHz, in float where the decoder can. */
  decode(coded: string, decoded: string): Promise<unknown>;
}

export const labelOf = (codec: Pick<Codec, 'series' | 'setting'>): string =>
  `${codec.series}, ${codec.setting}`;

/** What cannot be measured here, and why. It stands in every report. */
export interface Missing {
  series: string;
  reason: string;
}

/** The settings of one curve, or why there are none. */
export type Series = Codec[] | Missing;
