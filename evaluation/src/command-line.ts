// Options of the commands: --name VALUE, --flag, and words.

export interface Options {
  words: string[];
  /** The values of each option, in the order in which they were given. */
  values: Map<string, string[]>;
}

/** `valued`: options that take a value. Throws an error that names what it does not know. */
export function parse(
  args: readonly string[],
  valued: readonly string[],
  flags: readonly string[],
): Options {
  const options: Options = { words: [], values: new Map() };
  for (let i = 0; i < args.length; ++i) {
    const arg = args[i]!;
    if (!arg.startsWith('--')) {
      options.words.push(arg);
      continue;
    }
    const name = arg.slice(2);
    if (flags.includes(name)) {
      options.values.set(name, []);
    } else if (valued.includes(name)) {
      const value = args[++i];
      if (value === undefined) throw new Error(`${arg} wants a value (see --help)`);
      options.values.set(name, [...(options.values.get(name) ?? []), value]);
    } else {
      throw new Error(`unknown option '${arg}' (see --help)`);
    }
  }
  return options;
}

/** The last value of an option as a number in a range. */
export function numberOf(
  options: Options,
  name: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  const text = options.values.get(name)?.at(-1);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value >= least && value <= most))
    throw new Error(`--${name} is ${text}, wanted a number from ${least} to ${most}`);
  return value;
}

/** The values of an option as numbers: "1,2,3". */
export function numbersOf(options: Options, name: string, otherwise: readonly number[]): number[] {
  const text = options.values.get(name)?.at(-1);
  if (text === undefined) return [...otherwise];
  if (text === '' || text === 'none') return [];
  return text.split(',').map((part) => {
    if (part === '' || Number.isNaN(Number(part)))
      throw new Error(`--${name} is ${text}, wanted numbers with commas between them`);
    return Number(part);
  });
}
