import { config } from 'zod';

// zod tries whether it may make functions from text; the page's policy forbids it, and the browser would report that.
config({ jitless: true });
