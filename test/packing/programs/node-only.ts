// What there is in Node only.
import { data, training } from 'taskgrad';
import type { loadMnist } from 'taskgrad/data';

const set: Promise<data.Dataset> = data.loadMnist();
const same: typeof loadMnist = data.loadMnist;

export { same, set };
export const { saveTensors } = training;
