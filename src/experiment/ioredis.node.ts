/** The client of Redis, loaded by those who use a queue. */
export { Redis } from 'ioredis';
