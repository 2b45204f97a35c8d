// What a page must not be promised.
import { data, training } from 'taskgrad';

// @ts-expect-error reads files
data.loadMnist();
// @ts-expect-error writes files
export const { saveTensors } = training;
