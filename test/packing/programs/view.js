// Calls no op that makes views.
import { backward, openGpu } from 'taskgrad';
import { sum } from 'taskgrad/ops';

const gpu = await openGpu();
const x = gpu.tensor([1, 2, 3, 4], { requiresGrad: true });
backward(sum(x.view([2, 2])));
console.log(JSON.stringify([...(await x.grad.data())]));
gpu.dispose();
