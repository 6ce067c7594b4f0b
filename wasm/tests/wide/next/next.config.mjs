import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

// None of this is for Motet: static files are easier to serve in a test, and other projects around it
// are none of its business.
export default { output: 'export', turbopack: { root: here }, outputFileTracingRoot: here };
