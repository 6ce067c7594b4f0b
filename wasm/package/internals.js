// For the package's own modules, not for its users.
export const internals = Symbol('motet internals');

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
