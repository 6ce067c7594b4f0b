// For the package's own modules, not for its users.
export const internals = Symbol('motet internals');
/** Of a model as far as the coding of streams needs one: `{ core, handle }`. */
export const streamInternals = Symbol('motet stream internals');

/** Of a Decoder: the steps of its seek(). */
export const seekSteps = Symbol('motet seek steps');

/** Gives a class [Symbol.dispose], where the language has it. */
export function disposable(Class) {
  if (Symbol.dispose)
    Object.defineProperty(Class.prototype, Symbol.dispose, {
      value() {
        this.free();
      },
      configurable: true,
      writable: true,
    });
}
