import type { Queue } from 'bullmq';
import type { QueueCounts } from './queue.node';

/** How many jobs of a queue there are. */
export async function countsOf(queue: Queue): Promise<QueueCounts> {
  const counts = await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed');
  const { waiting = 0, prioritized = 0, delayed = 0, active = 0, failed = 0 } = counts;
  return { waiting: waiting + prioritized + delayed, active, setAside: failed };
}
