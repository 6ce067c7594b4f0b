export class MotetError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }

  get name() {
    return 'MotetError';
  }
}

/** The fault that a call into the core left behind. */
export function coreError(core) {
  const { code, message } = core.takeError();
  const hint = code === 'out of memory' ? '; free() what is no longer used' : '';
  // The core's names are words: "invalid argument", "input/output".
  const name = code === 'input/output' ? 'io' : code.replaceAll(' ', '-');
  return new MotetError(name, message + hint);
}

/** A result of the core, or its fault: null and negative numbers stand for one. */
export function check(core, result) {
  if (result === null || result < 0) throw coreError(core);
  return result;
}

export function invalid(message) {
  return new MotetError('invalid-argument', message);
}
