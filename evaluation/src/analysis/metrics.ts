// The metrics of a report: names, units, which way is better, and where the value stands.
import type { Measurement } from '../measure/measurement';

export interface Metric {
  key: string;
  label: string;
  unit: string;
  /** 'low' and 'high': that way is better. 'zero': the nearer to 0, the better. */
  better: 'low' | 'high' | 'zero';
  digits: number;
  /** One sentence for the reader. docs/METRICS.md has the definition. */
  says: string;
  of(measurement: Measurement): number | null;
}

export const TONAL_BANDS = ['0.09–0.43', '0.43–0.86', '0.86–1.55', '1.55–3', '3–6'] as const;

const mean = (values: readonly (number | null)[]): number | null => {
  const there = values.filter((value) => value !== null);
  return there.length ? there.reduce((sum, value) => sum + value, 0) / there.length : null;
};

const tonal = (kind: 'coherence' | 'fine', label: string, says: string): Metric[] =>
  TONAL_BANDS.map((band, i) => ({
    key: `${kind}_${i + 1}`,
    label: `${label} ${band} kHz`,
    unit: '',
    better: 'high',
    digits: 3,
    says,
    of: ({ comparison }) => comparison.tonal[kind][i] ?? null,
  }));

export const METRICS: readonly Metric[] = [
  {
    key: 'mel',
    label: 'mel distance',
    unit: '',
    better: 'low',
    digits: 3,
    says: 'How far the spectrum is off on seven time scales, as DAC is trained.',
    of: ({ comparison }) => comparison.mel,
  },
  {
    key: 'mel_evaluation',
    label: "mel distance, DAC's evaluation",
    unit: '',
    better: 'low',
    digits: 3,
    says: "The mel distance of DAC's evaluation script: two scales, logarithmic and linear.",
    of: ({ comparison }) => comparison.mel_evaluation,
  },
  {
    key: 'mel_mid_side',
    label: 'mel distance of mid and side',
    unit: '',
    better: 'low',
    digits: 3,
    says: 'The mel distance of sum and difference: here a lost stereo image weighs as much as the sum.',
    of: ({ comparison }) => comparison.mel_mid_side,
  },
  {
    key: 'stft',
    label: 'STFT distance',
    unit: '',
    better: 'low',
    digits: 3,
    says: 'How far magnitudes are off in windows of 512 and 2048 samples.',
    of: ({ comparison }) => comparison.stft,
  },
  {
    key: 'si_sdr',
    label: 'SI-SDR',
    unit: 'dB',
    better: 'high',
    digits: 2,
    says: 'Signal to distortion of the waveform itself, whatever the level.',
    of: ({ comparison }) => comparison.si_sdr_db,
  },
  {
    key: 'loudness',
    label: 'loudness difference',
    unit: 'LU',
    better: 'zero',
    digits: 2,
    says: 'EBU R 128: below 0 the decoded music is quieter.',
    of: ({ comparison }) => comparison.loudness_lu,
  },
  {
    key: 'level',
    label: 'level difference',
    unit: 'dB',
    better: 'zero',
    digits: 2,
    says: "Energy against the original's.",
    of: ({ comparison }) => comparison.level_db,
  },
  {
    key: 'band_bias',
    label: 'bias of levels by band',
    unit: 'dB',
    better: 'low',
    digits: 2,
    says: 'Mean absolute difference of the long-term level in thirds of an octave.',
    of: ({ comparison }) => comparison.bands.bias_db,
  },
  {
    key: 'onsets',
    label: 'onset F-score',
    unit: '',
    better: 'high',
    digits: 3,
    says: 'How many beginnings of notes and strokes are still where they were.',
    of: ({ comparison }) => comparison.transients.f_score,
  },
  {
    key: 'before_onsets',
    label: 'energy before onsets',
    unit: 'dB',
    better: 'zero',
    digits: 2,
    says: 'Pre-echo: energy of the 20 ms ahead of an attack against that after it, more than the original has.',
    of: ({ comparison }) => comparison.transients.before_db,
  },
  {
    key: 'coherence_error',
    label: 'error of the stereo image',
    unit: '',
    better: 'low',
    digits: 3,
    says: 'How far the coherence of left and right is off.',
    of: ({ comparison }) => comparison.coherence_error,
  },
  {
    key: 'bandwidth',
    label: 'bandwidth',
    unit: "of the original's",
    better: 'high',
    digits: 3,
    says: 'Where the decoded spectrum ends, as a part of where the original ends.',
    of: ({ comparison }) =>
      comparison.reference_bandwidth_hz > 0
        ? comparison.bandwidth_hz / comparison.reference_bandwidth_hz
        : null,
  },
  {
    key: 'coherence',
    label: 'tonal coherence, 0.09–6 kHz',
    unit: '',
    better: 'high',
    digits: 3,
    says: 'Whether the waveform of the tones is there; mean of five bands.',
    of: ({ comparison }) => mean(comparison.tonal.coherence),
  },
  ...tonal('coherence', 'tonal coherence', 'Whether the waveform of the tones is there.'),
  {
    key: 'fine',
    label: 'fine structure, 0.09–6 kHz',
    unit: '',
    better: 'high',
    digits: 3,
    says: 'Whether the partials are in their places, whatever their phases; mean of five bands.',
    of: ({ comparison }) => mean(comparison.tonal.fine),
  },
  ...tonal('fine', 'fine structure', 'Whether the partials are in their places.'),
  {
    key: 'visqol',
    label: 'ViSQOL',
    unit: 'of 5',
    better: 'high',
    digits: 2,
    says: 'ViSQOL 3 in its audio mode, on the mean of left and right: a predicted opinion.',
    of: ({ perceptual }) => perceptual.visqol ?? null,
  },
  {
    key: 'zimtohrli',
    label: 'Zimtohrli',
    unit: 'of 5',
    better: 'high',
    digits: 2,
    says: 'Zimtohrli on the mean of left and right: a predicted opinion.',
    of: ({ perceptual }) => perceptual.zimtohrli ?? null,
  },
];

/** How good a value is, higher being better. */
export function goodness(better: Metric['better'], value: number): number {
  if (better === 'high') return value;
  return better === 'low' ? -value : -Math.abs(value);
}
