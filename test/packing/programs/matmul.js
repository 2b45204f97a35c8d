import { openGpu } from 'taskgrad';
import { matmul } from 'taskgrad/ops';

const gpu = await openGpu();
const product = matmul(gpu.tensor([[1, 2]]), gpu.tensor([[3], [4]]));
console.log(...(await product.data()));
gpu.dispose();
