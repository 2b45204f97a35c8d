/** What the queue needs of BullMQ, loaded by those who use a queue. */
export { DelayedError, Queue, QueueEvents, Worker } from 'bullmq';
